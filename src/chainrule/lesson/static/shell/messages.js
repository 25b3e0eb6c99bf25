/* Messages to the lesson, one at a time, and learning paced by what has been drawn.
 *
 *   const messages = messenger(model, (frame, asked) => …)      asked: what the message wanted done
 *   messages.send({do: "network.set", rate: 0.1})    settings that wait are put together; a drag sends its last value only
 *   messages.run(true)       learning goes on: the next piece is asked for while a frame waits to be drawn, never two ahead
 *   messages.drawn()         says that all frames are drawn
 *   messages.begin()         also after a lost connection
 */
const FRAME = 0.029;
const LATEST_ONLY = new Set(["network.weight", "network.bias", "network.move", "choose row", "show"]);

export function messenger(model, receive) {
    let queue = [];
    let waiting = null;
    let lastId = 0;
    let running = false;
    let undrawn = 0;
    let overhead = 0.006;

    const post = (message) => {
        lastId += 1;
        waiting = { id: lastId, since: performance.now(), seconds: message.seconds ?? 0, asked: message.do };
        model.send({ ...message, id: lastId });
    };
    const pump = () => {
        if (waiting !== null) return;
        if (queue.length > 0) post(queue.shift());
        else if (running && undrawn < 2) {
            post({ do: "network.run", seconds: Math.min(0.025, Math.max(0.004, FRAME - overhead)) });
        }
    };
    const take = (frame) => {
        let asked = null;
        if (waiting !== null && frame.id === waiting.id) {
            const spent = (performance.now() - waiting.since) / 1000 - waiting.seconds;
            overhead += 0.2 * (Math.max(0, spent) - overhead);
            undrawn += 1;
            asked = waiting.asked;
            waiting = null;
        }
        receive(frame, asked);
        pump();
    };
    model.on("msg:custom", take);
    return {
        send(message) {
            queue = added(queue, message);
            pump();
        },
        run(on) {
            running = on;
            undrawn = 0;
            pump();
        },
        running: () => running,
        drawn() {
            undrawn = 0;
            pump();
        },
        begin() {
            waiting = null;
            queue = [];
            undrawn = 0;
        },
        end: () => model.off?.("msg:custom", take),
    };
}

/* A queue with one message more. What waits and says the same thing with an older value is replaced. */
export function added(queue, message) {
    const last = queue.at(-1);
    if (last?.do !== message.do) return [...queue, message];
    if (message.do.endsWith(".set")) return [...queue.slice(0, -1), { ...last, ...message }];
    if (!LATEST_ONLY.has(message.do) || !sameThing(last, message)) return [...queue, message];
    return [...queue.slice(0, -1), message];
}

function sameThing(a, b) {
    return a.do === "choose row" || ["layer", "row", "column", "unit"].every((name) => a[name] === b[name]);
}
