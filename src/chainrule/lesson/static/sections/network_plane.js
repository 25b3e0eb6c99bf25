/* The output over the plane (or the line) with the points; points are chosen, drawn and erased on it. */
import { h, listen, put, setAttributes, setText, svg } from "../kit/dom.js";
import { button } from "../kit/controls.js";
import { figure } from "../kit/figure.js";
import { fit } from "../kit/plot.js";
import { heatMap, SCALE, valueAt } from "../kit/heat.js";
import { brief, shown } from "../kit/numbers.js";
import { makeScale } from "../kit/scale.js";

const SIZE = 400;
const AREA = { left: 46, right: 392, top: 8, bottom: 356 };

export function outputPlane(host) {
    const map = heatMap({ label: "output of the network over the plane", smooth: true });
    const groups = Object.fromEntries(["axes", "line", "points", "chosen", "cross"].map((name) => [name, svg("g", { class: `plane-${name}` })]));
    const drawing = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "plot plane-drawing", tabindex: "0", role: "application",
        "aria-label": "the plane: arrow keys move a cross, Enter chooses or draws there" }, Object.values(groups));
    const frame = h("div", { class: "plane-frame" }, map.el, drawing);
    const tools = planeTools(host);
    const key = h("div", { class: "plane-key" });
    const held = h("p", { class: "note" });
    const fig = figure({ title: "The output over the plane, and the rows", name: "output" }, frame, key);
    let now = null;
    let scales = null;
    let pointsKey = null;
    let keyText = "";

    const update = (scene, common) => {
        const { plane, points } = scene;
        const limits = JSON.stringify([plane.limits, plane.names, plane.ticks]);
        if (now === null || limits !== now.limits) {
            const up = plane.kind === "line" ? widened(plane.limits[1]) : plane.limits[1];
            scales = { x: makeScale(plane.limits[0], [AREA.left, AREA.right]), y: makeScale(up, [AREA.bottom, AREA.top]) };
            put(groups.axes, axes(scales, plane));
        }
        const moved = now === null || limits !== now.limits || points.key !== pointsKey;
        now = { scene, limits, plane, points };
        frame.classList.toggle("flat", plane.kind === "line");
        map.el.hidden = plane.kind === "line";
        if (plane.kind === "line") drawCurves(groups.line, plane.curve, scales);
        else {
            put(groups.line);
            map.update(plane.outputs[0], plane.level, plane.winner && { winner: plane.winner, all: plane.outputs });
        }
        if (moved) drawRows(groups.points, points, scales, pointKind(scene));
        pointsKey = points.key;
        drawChosen(groups.chosen, points, scales, common.row);
        tools.update(scene);
        const held_ = (plane.held ?? []).map(({ name, value }) => `${name} = ${typeof value === "number" ? brief(value) : value}`);
        setText(held, held_.length > 0 ? `Held at the chosen row's values: ${held_.join(", ")}.` : "");
        const wanted = JSON.stringify([plane.level, scene.classes, plane.kind]);
        if (wanted !== keyText) drawKey(key, scene);
        keyText = wanted;
    };

    const pointer = planePointer({ host, drawing, cross: groups.cross, tools, now: () => now, scales: () => scales });
    return { el: h("div", { class: "plane-column" }, fig.el, tools.el, held), update, pointer };
}

/* Room for the points at the ends, and for an output that goes beyond them. */
function widened([low, high]) {
    return [low - 0.12 * (high - low), high + 0.12 * (high - low)];
}

function axes(scales, { names, ticks }) {
    const { left, right, top, bottom } = AREA;
    const across = marksOf(scales.x, ticks?.[0]).map(([x, name]) => svg("text", { x: scales.x.at(x), y: bottom + 17, "text-anchor": "middle" }, name));
    const up = marksOf(scales.y, ticks?.[1]).map(([y, name]) => svg("text", { x: left - 7, y: scales.y.at(y) + 4, "text-anchor": "end" }, name));
    return [across, up, svg("rect", { x: left, y: top, width: right - left, height: bottom - top, class: "plane-border" }),
        svg("text", { x: (left + right) / 2, y: SIZE - 8, "text-anchor": "middle", class: "axis-name" }, names[0]),
        svg("text", { x: 12, y: (top + bottom) / 2, transform: `rotate(-90 12 ${(top + bottom) / 2})`, "text-anchor": "middle", class: "axis-name" }, names[1] ?? "")];
}

/* Round numbers; of a column of text its categories, which lie at 0, 1, 2 … */
function marksOf(scale, categories) {
    if (!categories) return scale.marks.map((x) => [x, brief(x)]);
    return categories.slice(0, 12).map((name, k) => [k, name.length > 9 ? `${name.slice(0, 8)}…` : name]);
}

function drawCurves(group, curve, scales) {
    fit(group, curve.y.length, () => svg("path", { class: "line accent", fill: "none" }));
    curve.y.forEach((y, k) => setAttributes(group.children[k], {
        d: y.map((value, i) => `${i === 0 ? "M" : "L"}${scales.x.at(curve.x[i]).toFixed(1)} ${scales.y.at(value ?? 0).toFixed(1)}`).join(""),
    }));
}

/* The class of a point; or the side of the middle that its target lies on, and how far. */
function pointKind({ classes, plane }) {
    if (classes) return (target) => ({ kind: `class-${target % 6}`, t: 1 });
    if (plane.kind === "line") return () => ({ kind: "ink", t: 1 });
    const { low, middle, high } = plane.level;
    return (target) => ({ kind: `valued ${target < middle ? "negative" : "positive"}`, t: Math.min(1, Math.abs(target - middle) / ((high - low) / 2)).toFixed(2) });
}

function drawRows(group, points, scales, kind) {
    const small = points.x.length > 300 ? 2.6 : 3.6;
    fit(group, points.x.length, () => svg("circle", {}));
    points.x.forEach((x, k) => {
        const look = kind(points.target[k]);
        setAttributes(group.children[k], { cx: scales.x.at(x).toFixed(1), cy: scales.y.at(points.y[k]).toFixed(1), r: small,
            class: `point ${look.kind}`, vars: { "--t": look.t } });
    });
}

function drawChosen(group, points, scales, row) {
    const k = points.row.indexOf(row);
    if (k < 0) return put(group);
    fit(group, 1, () => svg("circle", { r: 7, class: "plane-ring" }));
    return setAttributes(group.firstElementChild, { cx: scales.x.at(points.x[k]).toFixed(1), cy: scales.y.at(points.y[k]).toFixed(1) });
}

function drawKey(key, { plane, classes }) {
    if (plane.kind === "line") return put(key);
    if (classes && classes.length > 2)
        return put(key, classes.slice(0, 12).map((name, k) => h("span", { class: `key-class class-${k % 6}` }, name)));
    const rounded = [plane.level.low, plane.level.middle, plane.level.high].map((value) => brief(Number(value.toPrecision(2))));
    const names = classes ? [classes[0], "undecided", classes[1]] : rounded;
    const colours = heatMap({ label: "colours from low to high", smooth: true });
    colours.update(SCALE);
    return put(key, h("span", { class: "key-scale" }, colours.el), h("span", { class: "key-names" }, names.map((name) => h("span", {}, name))));
}

/* What the mouse or Enter does on the plane: choose a row, draw a point of a class or a number, erase one. */
function planeTools(host) {
    let mode = "choose";
    let targets = new Map();
    let offered = "";
    let buttons = new Map();
    const el = h("div", { class: "controls plane-tools", role: "group", "aria-label": "what a click on the plane does" });
    const set = (name) => {
        mode = name;
        for (const [each, one] of buttons) one.set({ pressed: each === mode });
    };
    const offer = (drawn) => {
        const names = ["choose", ...targets.keys(), ...(drawn ? ["erase"] : [])];
        const words = (name) => ({ choose: drawn ? "Choose or move" : "Choose a row", erase: "Erase" })[name] ?? `Draw ${name}`;
        buttons = new Map(names.map((name) => [name, button({ text: words(name), press: () => set(name), pressed: false, disabled: host.saved && name !== "choose" })]));
        const clear = drawn && button({ text: "Clear all", press: () => host.send({ do: "network.clear" }), disabled: host.saved });
        put(el, [...buttons.values()].map((one) => one.el), clear && clear.el);
        set(buttons.has(mode) ? mode : "choose");
    };
    const update = (scene) => {
        const drawn = scene.settings.data === "drawn";
        targets = targetsOf(scene);
        const wanted = JSON.stringify([drawn, [...targets]]);
        if (wanted !== offered) offer(drawn);
        offered = wanted;
    };
    return { el, update, mode: () => mode, target: () => targets.get(mode), drawing: () => targets.has(mode) };
}

/* What can be drawn: a class, a low or a high number, or on a line the height itself (null). */
function targetsOf({ plane, classes }) {
    if (plane.kind === "line") return new Map([["points", null]]);
    if (classes) return new Map(classes.slice(0, 3).map((name, k) => [`class ${name}`, k]));
    return new Map([plane.level.low, plane.level.high].map((value) => Number(value.toPrecision(2))).map((value) => [brief(value), value]));
}

function planePointer({ host, drawing, cross, tools, now, scales }) {
    let at = [0.5, 0.5];
    let last = null;
    let moved = null;
    const placeOf = (event) => {
        const box = drawing.getBoundingClientRect();
        const [x, y] = [((event.clientX - box.left) / box.width) * SIZE, ((event.clientY - box.top) / box.height) * SIZE];
        return x < AREA.left || x > AREA.right || y < AREA.top || y > AREA.bottom ? null : [x, y];
    };
    const say = ([a, b]) => {
        const k = nearestPoint(now().points, scales(), a, b, 9);
        host.point(k === null ? placeText(now(), scales(), a, b) : rowText(now(), k));
    };
    const act = ([a, b]) => {
        const [x, y] = [scales().x.value(a), scales().y.value(b)];
        if (tools.drawing()) return host.send({ do: "network.draw", x, y, target: tools.target() ?? y });
        const k = nearestPoint(now().points, scales(), a, b, 40);
        if (k === null) return null;
        const row = now().points.row[k];
        if (tools.mode() === "erase") return host.send({ do: "network.erase", row });
        if (now().scene.settings.data === "drawn") moved = row;
        return host.send({ do: "choose row", row });
    };
    listen(drawing, "pointerdown", (event) => {
        const place = placeOf(event);
        if (place === null) return;
        last = place;
        act(place);
        if (tools.drawing() || moved !== null) drawing.setPointerCapture(event.pointerId);
    });
    listen(drawing, "pointermove", (event) => {
        const place = placeOf(event);
        if (place === null || now() === null) return null;
        say(place);
        if (last === null || !drawing.hasPointerCapture(event.pointerId)) return null;
        if (moved !== null) return host.send({ do: "network.move", row: moved, x: scales().x.value(place[0]), y: scales().y.value(place[1]) });
        if (Math.hypot(place[0] - last[0], place[1] - last[1]) < 22) return null;
        last = place;
        return act(place);
    });
    for (const end of ["pointerup", "pointercancel"]) listen(drawing, end, () => (last = moved = null));
    listen(drawing, "pointerleave", () => host.point(""));
    const walk = (di, dj) => {
        at = [at[0] + di, at[1] + dj].map((share) => Math.max(0, Math.min(1, share)));
        const place = [AREA.left + at[0] * (AREA.right - AREA.left), AREA.top + at[1] * (AREA.bottom - AREA.top)];
        put(cross, svg("path", { d: `M${place[0] - 9} ${place[1]}h18M${place[0]} ${place[1] - 9}v18`, class: "plane-cross" }));
        if (now()) say(place);
        return place;
    };
    listen(drawing, "focus", () => drawing.matches(":focus-visible") && walk(0, 0));
    listen(drawing, "blur", () => {
        put(cross);
        host.point("");
    });
    listen(drawing, "keydown", (event) => {
        const by = event.shiftKey ? 0.1 : 0.02;
        const [di, dj] = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }[event.key] ?? [0, 0];
        if (event.key === "Enter" || event.key === " ") {
            act(walk(0, 0));
            moved = null;
        }
        else if (di === 0 && dj === 0) return;
        else walk(di, dj);
        event.preventDefault();
        event.stopPropagation();
    });
    return { walk };
}

function nearestPoint(points, scales, a, b, within) {
    let [best, found] = [within * within, null];
    for (let k = 0; k < points.x.length; k += 1) {
        const distance = (scales.x.at(points.x[k]) - a) ** 2 + (scales.y.at(points.y[k]) - b) ** 2;
        if (distance < best) [best, found] = [distance, k];
    }
    return found;
}

function rowText({ scene, plane, points }, k) {
    const target = scene.classes ? `class ${scene.classes[points.target[k]]}` : `target ${shown(points.target[k])}`;
    const place = plane.kind === "line" ? `${plane.names[0]} = ${shown(points.x[k])}` : `${plane.names[0]} = ${cell(plane, 0, points.x[k])}, ${plane.names[1]} = ${cell(plane, 1, points.y[k])}`;
    return `row ${points.row[k]}: ${place}, ${target}`;
}

function cell(plane, axis, value) {
    return plane.ticks?.[axis]?.[Math.round(value)] ?? shown(value);
}

function placeText({ plane }, scales, a, b) {
    const [x, y] = [scales.x.value(a), scales.y.value(b)];
    if (plane.kind === "line") return `${plane.names[0]} = ${shown(x)}`;
    const place = `${plane.names[0]} = ${cell(plane, 0, x)}, ${plane.names[1]} = ${cell(plane, 1, y)}`;
    const [rows, columns] = plane.outputs[0].shape;
    const i = Math.min(rows - 1, Math.floor(((b - AREA.top) / (AREA.bottom - AREA.top)) * rows));
    const j = Math.min(columns - 1, Math.floor(((a - AREA.left) / (AREA.right - AREA.left)) * columns));
    const values = plane.outputs.slice(0, 4).map((heat) => shown(Number((valueAt(heat, i, j) ?? NaN).toPrecision(2))));
    return `${place}: output about ${values.join(", ")}`;
}
