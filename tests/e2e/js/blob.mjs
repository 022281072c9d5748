// Do with a container of `account_url` what everybody does; print what came of each step.
//
// A refusal of the very first request is an answer too: its status, code and message.
import { BlobServiceClient } from "@azure/storage-blob";
import { answer, given, signIn } from "./peer.mjs";

const SMALL = 64 * 1024;
const TEXT = "the quick brown fox";

const service = new BlobServiceClient(given("account_url"), await signIn(), {
  retryOptions: { maxTries: 1 },
});
const container = service.getContainerClient(given("container"));

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return { status: error.statusCode, code: error.code, message: error.message };
  }
  return null;
}

async function names(listing) {
  const found = [];
  for await (const item of listing) found.push(item.name);
  return found;
}

async function story() {
  const note = container.getBlockBlobClient("notes/ä b.txt");
  await note.upload(TEXT, TEXT.length, { metadata: { kind: "note" } });
  await container.uploadBlockBlob("other.txt", TEXT, TEXT.length);
  const unless = { conditions: { ifNoneMatch: "*" } };
  const conflict = await refusal(note.upload("other", 5, unless));
  const content = Buffer.alloc(8 * SMALL + 1000, "0123456789");
  const large = container.getBlockBlobClient("large.bin");
  await large.uploadData(content, { blockSize: SMALL, maxSingleShotSize: SMALL, concurrency: 4 });
  const { committedBlocks } = await large.getBlockList("committed");
  const back = await large.downloadToBuffer(0, undefined, { blockSize: SMALL, concurrency: 4 });
  const report = {
    names: await names(container.listBlobsFlat()),
    notes: await names(container.listBlobsFlat({ prefix: "notes/" })),
    metadata: (await note.getProperties()).metadata,
    text: (await note.downloadToBuffer()).toString(),
    range: (await note.downloadToBuffer(4, 5)).toString(),
    conflict: conflict.code,
    blocks: committedBlocks.map((block) => block.size),
    same: content.equals(back),
  };
  await large.delete();
  report.gone = (await refusal(large.downloadToBuffer())).status;
  report.exists = await large.exists();
  await container.delete();
  return report;
}

const refused = await refusal(container.create());
answer(refused ? { refused } : { done: await story() });
