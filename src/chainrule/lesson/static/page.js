/* The page's model: the contract of anywidget over a WebSocket of the same origin, and the state in the address.
 *
 * After the # stands the lesson's address, then ";" and the section that is read, if it is not the first.
 */
import { render } from "./lesson.js";

const FINAL = new Map([[4001, ""], [4002, ""], [4003, ""], [1001, "The server has ended."], [1012, "The server has ended."]]);
const PAUSES = [500, 1000, 2000, 5000];
const ADDRESS_EVERY = 400;

startPage();

export function startPage() {
    history.scrollRestoration = "manual";
    const model = pageModel(document.getElementById("lesson-connection"));
    render({ model, el: document.getElementById("lesson") });
    model.connect();
}

function pageModel(words) {
    const key = lessonKey();
    const receivers = new Set();
    const again = new Set();
    const hash = pageAddress();
    let socket = null;
    let failures = 0;
    let greeting = false;

    const deliver = (frame) => {
        if (frame.address !== undefined && !frame.error) hash.shows(frame.address);
        for (const receive of receivers) receive(frame);
    };
    const ready = () => {
        greeting = false;
        model.ready = true;
        for (const begin of again) begin();
    };
    /* The lesson may be new, or one that is still there: it goes to the address only if it is elsewhere. */
    const greeted = (frame) => {
        if (frame.id === 0 && frame.address !== hash.wanted()) return post({ do: "go to", address: hash.wanted(), id: 1 });
        if (frame.error || frame.said?.length > 0) deliver(frame);
        return ready();
    };
    const post = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
    const connect = () => {
        const scheme = location.protocol === "https:" ? "wss:" : "ws:";
        socket = new WebSocket(`${scheme}//${location.host}/lesson?key=${key}`);
        socket.onopen = () => {
            failures = 0;
            greeting = true;
            words.textContent = "";
            post({ do: "show", sections: [], id: 0 });
        };
        socket.onmessage = (event) => (greeting ? greeted : deliver)(JSON.parse(event.data));
        socket.onclose = lost;
    };
    const lost = (event) => {
        model.ready = false;
        if (FINAL.has(event.code)) {
            words.textContent = `${event.reason || FINAL.get(event.code)} Reload the page to go on.`;
            return;
        }
        words.textContent = "The connection to the server is lost; trying again…";
        setTimeout(connect, PAUSES[Math.min(failures, PAUSES.length - 1)]);
        failures += 1;
    };
    const upload = async (file) => {
        const answer = await fetch(`/table?key=${key}&name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
        deliver({ common: {}, sections: {}, said: [], ...(await answer.json()) });
    };
    const model = {
        page: true,
        ready: false,
        connect,
        on: (event, receive) => event === "msg:custom" && receivers.add(receive),
        off: (event, receive) => receivers.delete(receive),
        send: (message) => model.ready && post(message),
        upload: (file) => upload(file).catch(() => deliver({ common: {}, sections: {}, said: [], error: `${file.name} could not be sent` })),
        again: (begin) => again.add(begin),
        look: hash.looksAt,
        section: hash.section,
    };
    hash.whenChanged((address) => post({ do: "go to", address }));
    return model;
}

/* What makes a reload, or a connection that was lost, find its lesson again. */
function lessonKey() {
    const kept = sessionStorage.getItem("lesson-key");
    if (kept !== null) return kept;
    const bytes = crypto.getRandomValues(new Uint8Array(24));
    const key = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
    sessionStorage.setItem("lesson-key", key);
    return key;
}

function pageAddress() {
    if (location.search) history.replaceState(null, "", location.pathname + location.hash);
    const split = () => {
        const text = location.hash.slice(1);
        const at = text.lastIndexOf(";");
        return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
    };
    let [address, section] = split();
    let timer = null;
    const write = () => {
        timer = null;
        const text = section ? `${address};${section}` : address;
        if (location.hash.slice(1) !== text) history.replaceState(null, "", text ? `#${text}` : location.pathname);
    };
    const writeSoon = () => (timer ??= setTimeout(write, ADDRESS_EVERY));
    let first = null;
    return {
        wanted: () => address,
        section: () => section,
        shows(text) {
            address = text;
            writeSoon();
        },
        looksAt(name) {
            first ??= name;
            section = name === first ? "" : name;
            writeSoon();
        },
        whenChanged: (go) => addEventListener("hashchange", () => {
            [address, section] = split();
            go(address);
        }),
    };
}
