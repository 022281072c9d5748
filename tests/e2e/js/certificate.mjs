// @azure/identity's ClientCertificateCredential, from a PEM file.
import { ClientCertificateCredential } from "@azure/identity";

export function credential(given, options) {
  return new ClientCertificateCredential(given.tenant_id, given.client_id, given.certificate_path, {
    ...options,
    sendCertificateChain: given.send_certificate_chain,
  });
}
