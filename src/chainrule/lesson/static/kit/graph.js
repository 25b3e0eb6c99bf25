/* The net as a graph: a weight is a line (colour its sign, width its size), a unit a small picture of its response.
 *
 *   const g = netGraph(host, {label, change: (thing, value) => …, pick: (thing) => …});
 *   g.el     g.update({layers, weights, largest}, level)     as in the scene of "network"     g.pick(thing)
 *
 * A thing is {layer, row, column} (a weight, layer 0 is W_1) or {layer, unit} (a bias). It is changed by dragging up and
 * down or by the arrow keys (Shift: finer); Left and Right walk from one to the next; the whole graph is one stop of Tab.
 * level: what is fully orange and blue in the pictures of the last layer, as for heatMap.
 */
import { h, listen, put, setAttributes, svg } from "./dom.js";
import { heatMap } from "./heat.js";
import { lowered, shown, withIndex } from "./numbers.js";

const LEAST_HEIGHT = 230;
const TOP = 34;

export function netGraph(host, options) {
    const drawing = svg("svg", { class: "net-lines", role: "group", "aria-label": options.label });
    const pictures = h("div", { class: "net-pictures", "aria-hidden": "true" });
    const el = h("div", { class: "net" }, drawing, pictures);
    let net = null;
    let key = "";
    const update = (graph, level) => {
        const wanted = JSON.stringify([graph.layers.map((one) => [one.name, one.activation, one.width, one.shown]), host.saved]);
        if (wanted !== key) {
            const picked = net?.picked() ?? null;
            net = buildNet(host, options, graph, { el, drawing, pictures });
            net.pickSame(picked);
        }
        key = wanted;
        net.update(graph, level);
    };
    return { el, update, pick: (thing) => net?.pickSame(thing) };
}

function placesOf({ layers }) {
    const most = Math.max(...layers.map((one) => one.shown));
    const inner = Math.max(LEAST_HEIGHT, Math.min(400, 50 * most));
    const width = Math.max(360, 124 * layers.length);
    return {
        width,
        height: inner + TOP + (layers.some((one) => one.width > one.shown) ? 30 : 0),
        layers: layers.map(({ shown: n, width: all }, l) => {
            const gap = Math.min(50, (inner - 8) / Math.max(1, n));
            const size = Math.min(36, gap - 5);
            const x = 40 + ((width - 80) * l) / Math.max(1, layers.length - 1);
            const first = TOP + inner / 2 - (gap * (n - 1)) / 2;
            return { x, size, more: all - n, last: first + gap * (n - 1), y: Array.from({ length: n }, (_, k) => first + gap * k) };
        }),
    };
}

function buildNet(host, options, graph, { el, drawing, pictures }) {
    const places = placesOf(graph);
    const height = places.height;
    setAttributes(drawing, { viewBox: `0 0 ${places.width} ${height}` });
    setAttributes(el, { vars: { "--net-ratio": `${places.width} / ${height}`, "--net-width": `${places.width}px` } });
    const things = [];
    const nameOf = (l, k) => withIndex(graph.layers[l].units[k].name);
    const lines = graph.weights.map((weights, layer) => weights.map((line, i) => line.map((_, k) => {
        const edge = makeEdge(places, layer, i, k);
        things.push({ ...edge, thing: { layer, row: i, column: k }, name: `weight from ${nameOf(layer, i)} to ${nameOf(layer + 1, k)}` });
        return edge;
    })));
    const units = graph.layers.map((layer, l) => layer.units.map((unit, k) => {
        const one = makeUnit(places, height, l, k, unit.name);
        if (l > 0) things.push({ ...one, thing: { layer: l - 1, unit: k }, name: `bias of ${nameOf(l, k)}` });
        return one;
    }));
    things.sort((a, b) => a.thing.layer - b.thing.layer);
    const stage = svg("g", {}, svg("g", {}, lines.flat(2).map((edge) => edge.line)), svg("g", {}, lines.flat(2).map((edge) => edge.hit)),
        svg("g", {}, units.flat().map((unit) => unit.hit)), namesOf(graph, places));
    put(drawing, stage);
    put(pictures, units.flat().map((unit) => unit.map.el));
    const rover = makeRover(host, options, things, stage);
    const update = (now, level) => {
        now.weights.forEach((weights, l) => weights.forEach((line, i) => line.forEach((w, k) => paintEdge(lines[l][i][k], w, now.largest))));
        now.layers.forEach((layer, l) => layer.units.forEach((unit, k) => {
            if (unit.response) units[l][k].map.update(unit.response, l === now.layers.length - 1 ? level : null);
            if (l > 0) paintUnit(units[l][k], unit.bias, now.largest);
        }));
        rover.refresh((thing) => valueOf(now, thing), now.largest);
    };
    return { update, picked: rover.picked, pickSame: rover.pickSame };
}

function valueOf(graph, { layer, row, column, unit }) {
    return unit === undefined ? graph.weights[layer][row][column] : graph.layers[layer + 1].units[unit].bias;
}

function makeEdge(places, layer, i, k) {
    const [from, to] = [places.layers[layer], places.layers[layer + 1]];
    const [x1, y1, x2, y2] = [from.x + from.size / 2, from.y[i], to.x - to.size / 2, to.y[k]];
    const bend = (x2 - x1) * 0.4;
    const d = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
    return { line: svg("path", { d, class: "edge", fill: "none" }), hit: svg("path", { d, class: "edge-hit screen-only", fill: "none" }), last: undefined };
}

function paintEdge(edge, w, largest) {
    if (edge.last === w && edge.largest === largest) return;
    edge.last = w;
    edge.largest = largest;
    const share = Math.min(1, Math.abs(w) / (largest || 1)) ** 0.7;
    setAttributes(edge.line, { class: w < 0 ? "edge negative" : "edge positive", "stroke-width": (0.5 + 5 * share).toFixed(2),
        "stroke-opacity": (0.3 + 0.7 * share).toFixed(2), "data-value": String(w) });
}

function makeUnit(places, height, l, k, name) {
    const { x, size, y } = places.layers[l];
    const map = heatMap({ label: `response of ${name}`, smooth: true });
    setAttributes(map.el, { vars: { "--x": (x - size / 2) / places.width, "--y": (y[k] - size / 2) / height, "--w": size / places.width, "--h": size / height } });
    return { map, hit: svg("rect", { x: x - size / 2, y: y[k] - size / 2, width: size, height: size, rx: 3, class: "unit" }) };
}

function paintUnit(unit, bias, largest) {
    if (bias === null || bias === undefined) return;
    const share = Math.min(1, Math.abs(bias) / (largest || 1));
    setAttributes(unit.hit, { class: bias < 0 ? "unit negative" : "unit positive", "stroke-width": (1 + 3 * share).toFixed(2), "data-value": String(bias) });
}

function namesOf(graph, places) {
    return graph.layers.map((layer, l) => {
        const { x, more, last } = places.layers[l];
        return svg("g", { class: "net-names" },
            svg("text", { x, y: 14, "text-anchor": "middle", class: "net-name" }, withIndex(layer.name)),
            svg("text", { x, y: 27, "text-anchor": "middle" }, layer.activation ?? ""),
            more > 0 && svg("text", { x, y: last + 34, "text-anchor": "middle" }, `+ ${more}`));
    });
}

/* One stop of Tab for all weights and biases; drags and arrow keys change the one that is picked. */
function makeRover(host, options, things, stage) {
    let at = 0;
    let value = () => 0;
    let unit = 1;
    let drag = null;
    let asked = null;
    const say = () => host.point(`${things[at].name}: ${shown(value(things[at].thing))}`);
    const describe = (one) => setAttributes(one.hit, { "aria-valuenow": String(value(one.thing)), "aria-valuetext": shown(value(one.thing)) });
    const pick = (k) => {
        setAttributes(things[at].hit, { tabindex: "-1" });
        at = Math.max(0, Math.min(things.length - 1, k));
        setAttributes(things[at].hit, { tabindex: "0" });
        describe(things[at]);
        options.pick?.(things[at].thing, things[at].name);
    };
    /* A key may be pressed again before the last change has come back. */
    const now = () => (asked !== null && asked.at === at && performance.now() < asked.until ? asked.x : value(things[at].thing));
    const change = (x) => {
        if (host.saved) return;
        asked = { at, x, until: performance.now() + 1000 };
        options.change(things[at].thing, x);
    };
    const index = new Map(things.map((one, k) => [one.hit, k]));
    for (const one of things) setAttributes(one.hit, { role: "slider", tabindex: "-1", "aria-label": one.name, "aria-orientation": "vertical", "aria-valuenow": "0" });
    listen(stage, "pointerover", (event) => {
        const k = index.get(event.target);
        if (k !== undefined && drag === null) host.point(`${things[k].name}: ${shown(value(things[k].thing))}`);
    });
    listen(stage, "pointerleave", () => host.point(""));
    const grabs = (hit) => {
        // Not on the stage: Chromium lets Tab stop at an element of SVG that hears of focus.
        listen(hit, "focus", () => {
            pick(index.get(hit));
            say();
        });
        listen(hit, "pointerdown", (event) => {
            pick(index.get(hit));
            hit.setPointerCapture(event.pointerId);
            drag = { y: event.clientY, from: value(things[at].thing), moved: false };
        });
        listen(hit, "pointermove", (event) => {
            if (drag === null || !hit.hasPointerCapture(event.pointerId)) return;
            drag.moved ||= Math.abs(event.clientY - drag.y) > 2;
            if (drag.moved) change(Number((drag.from + ((drag.y - event.clientY) * Math.max(1, unit)) / 100).toPrecision(4)));
        });
        for (const end of ["pointerup", "pointercancel"]) listen(hit, end, () => (drag = null));
    };
    things.forEach((one) => grabs(one.hit));
    listen(stage, "keydown", (event) => {
        const step = event.shiftKey ? 0.01 : 0.1;
        const by = { ArrowUp: step, ArrowDown: -step }[event.key];
        const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: things.length - 1 }[event.key];
        if (by !== undefined) change(Number((now() + by).toPrecision(12)));
        else if (to === undefined) return;
        else things[Math.max(0, Math.min(things.length - 1, to))].hit.focus();
        event.preventDefault();
        event.stopPropagation();
    });
    const same = (a, b) => a.layer === b.layer && a.row === b.row && a.column === b.column && a.unit === b.unit;
    return {
        picked: () => things[at]?.thing ?? null,
        pickSame: (thing) => pick(thing === null ? 0 : Math.max(0, things.findIndex((one) => same(one.thing, thing)))),
        refresh: (read, largest) => {
            value = read;
            if (drag === null) unit = largest;
            if (asked !== null && value(things[asked.at].thing) === asked.x) asked = null;
            describe(things[at]);
            if (drag?.moved || things[at].hit.matches(":focus")) say();
        },
    };
}

/* The name of a weight or bias as the scene counts: W₁[0, 2], b₁[2]. */
export function thingName({ layer, row, column, unit }) {
    return unit === undefined ? `W${lowered(layer + 1)}[${row}, ${column}]` : `b${lowered(layer + 1)}[${unit}]`;
}
