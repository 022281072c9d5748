// Sign-in on a page: buttons, popup, sign-out, and a notice before a session ends.
//
//   <script src="/auth/entrada.js" defer></script>
//   <button data-entrada-login>Sign in</button>            by redirect ("popup": by popup)
//   <button data-entrada-logout>Sign out</button>          here ("everywhere": everywhere)
//   <span data-entrada-name></span>                        the person's name
//   data-entrada-when="signed-in" | "signed-out"           shown only then
//
// No token ever comes here. Events on document: entrada:session (detail: who is signed in) and
// entrada:change (signed in or out; the page reloads unless a listener prevents the default).
(() => {
  "use strict";

  const script = document.currentScript;
  const prefix = new URL(".", script.src).pathname.replace(/\/$/, "");
  const role = script.dataset.entradaPage || "app";
  const news = "BroadcastChannel" in window ? new BroadcastChannel(`entrada:${prefix}`) : null;
  const FINISHED = "entrada:finished";
  const LEFT = "entrada:left";
  const WARNING = 120; // seconds before the end at which the notice appears
  let session = { signedIn: false };
  let timer = 0;
  let popup = null;

  const here = () => location.pathname + location.search;

  const loginAddress = (more) => {
    const query = new URLSearchParams({ next: here(), ...more });
    return `${prefix}/login?${query}`;
  };

  const ask = async (path, options = {}) => {
    const headers = { Accept: "application/json", ...options.headers };
    const answer = await fetch(prefix + path, { ...options, headers, cache: "no-store" });
    return answer.ok ? answer.json() : null;
  };

  const post = (path, fields = {}) =>
    ask(path, {
      method: "POST",
      headers: { "X-CSRF-Token": session.csrf || "" },
      body: new URLSearchParams(fields),
    });

  const changed = () => {
    const event = new CustomEvent("entrada:change", { cancelable: true });
    if (document.dispatchEvent(event)) {
      location.reload();
    } else {
      refresh();
    }
  };

  const show = () => {
    for (const element of document.querySelectorAll("[data-entrada-name]")) {
      element.textContent = session.signedIn ? session.name : "";
    }
    for (const element of document.querySelectorAll("[data-entrada-when]")) {
      element.hidden = (element.dataset.entradaWhen === "signed-in") !== session.signedIn;
    }
    document.dispatchEvent(new CustomEvent("entrada:session", { detail: { ...session } }));
  };

  const refresh = async () => {
    let found = null;
    try {
      found = await ask("/me");
    } catch {
      return; // no network: what is on the page stands
    }
    const was = session.signedIn;
    session = found || { signedIn: false };
    show();
    watch();
    if (was && !session.signedIn) {
      notify("You were signed out.", [["Sign in again", () => location.assign(loginAddress())]]);
    }
  };

  const watch = () => {
    clearTimeout(timer);
    if (!session.signedIn) {
      return;
    }
    const left = Math.min(session.endsIn, session.lastsFor);
    if (left > WARNING) {
      hideNotice();
      // A day at most: browsers take longer waits for none at all.
      timer = setTimeout(refresh, Math.min(left - WARNING, 86400) * 1000);
      return;
    }
    timer = setTimeout(refresh, Math.max(left, 1) * 1000);
    const minutes = Math.max(1, Math.round(left / 60));
    const text = `You will be signed out in about ${minutes} minute${minutes > 1 ? "s" : ""}.`;
    const last = session.lastsFor <= session.endsIn;
    notify(text, [
      last
        ? ["Sign in again", () => location.assign(loginAddress({ prompt: "login" }))]
        : ["Stay signed in", stay],
      ["Sign out", () => leave("")],
    ]);
  };

  const stay = async () => {
    session = (await post("/me")) || { signedIn: false };
    show();
    watch();
  };

  const notify = (text, buttons) => {
    let notice = document.querySelector(".entrada-notice");
    if (!notice) {
      notice = document.createElement("section");
      notice.className = "entrada-notice";
      notice.setAttribute("aria-label", "Session");
      const words = document.createElement("p");
      words.setAttribute("role", "status");
      const row = document.createElement("div");
      row.className = "entrada-row";
      notice.append(words, row);
      document.body.append(notice);
    }
    const [words, row] = notice.children;
    row.replaceChildren(
      ...buttons.map(([label, act], index) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = index ? "entrada-button entrada-quiet" : "entrada-button";
        button.textContent = label;
        button.addEventListener("click", act);
        return button;
      }),
    );
    if (words.textContent !== text) {
      words.textContent = text;
    }
  };

  const hideNotice = () => {
    document.querySelector(".entrada-notice")?.remove();
  };

  const login = (button) => {
    const wanted = button.dataset.entradaLogin;
    if (wanted === "popup") {
      const size = "popup,width=520,height=680";
      popup = window.open(loginAddress({ popup: "1" }), `entrada${Date.now()}`, size);
      if (popup) {
        return;
      }
    }
    location.assign(loginAddress());
  };

  const leave = async (where) => {
    const fields = where === "everywhere" ? { everywhere: "1" } : {};
    // Another tab may have signed in since: its session has another token.
    session = (await ask("/me")) || { signedIn: false };
    const answer = await post("/logout", fields);
    news?.postMessage(LEFT);
    location.assign(answer ? answer.location : "/");
  };

  // The message says that something happened, never what: the server is asked.
  const heard = (word) => {
    if (word === FINISHED && popup) {
      popup = null; // the same news may come both ways, and another tab's popup is not ours
      changed();
    } else if (word === LEFT) {
      refresh();
    }
  };

  const finish = () => {
    if (window.opener) {
      window.opener.postMessage(FINISHED, location.origin);
    }
    news?.postMessage(FINISHED); // where a page in between has cut the tie to the opener
    window.close();
  };

  document.addEventListener("click", (event) => {
    const element = event.target instanceof Element ? event.target : null;
    const button = element?.closest("[data-entrada-login],[data-entrada-logout],[data-entrada-close]");
    if (!button) {
      return;
    }
    event.preventDefault();
    if ("entradaLogin" in button.dataset) {
      login(button);
    } else if ("entradaLogout" in button.dataset) {
      leave(button.dataset.entradaLogout);
    } else {
      window.close();
    }
  });

  if (role === "done") {
    finish();
  } else if (role === "app") {
    window.addEventListener("message", (event) => {
      if (event.origin === location.origin && event.source === popup) {
        heard(event.data);
      }
    });
    news?.addEventListener("message", (event) => heard(event.data));
    // A page that comes back (another tab, the back button) may show what is over.
    window.addEventListener("pageshow", (event) => event.persisted && refresh());
    document.addEventListener("visibilitychange", () => document.hidden || refresh());
    refresh();
  }
})();
