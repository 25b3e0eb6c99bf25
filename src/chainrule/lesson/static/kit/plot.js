/* A plot in SVG: lines, points, marks and handles that can be dragged or moved by arrow keys.
 *
 *   const p = plot(host, {label: "loss", name: "loss", x: {label: "epoch", log: false, limits: null},
 *                         y: {label: "loss", log: true, limits: null}, width: 480, height: 300, equal: false,
 *                         explain: (line, x, y) => "…"});
 *                         behind: a canvas that fills the area of the axes (a heat map)
 *   p.el
 *   p.update({
 *     lines: [{name: "training", x: […], y: […], kind: "positive", dashed: false}],     drawn in one order, kept by place
 *     points: [{x, y, kind, name}],                       kind: ink, positive, negative, faint, accent, class-0 …
 *     marks: [{x, kind, text}] upright lines,  levels: [{y, kind, text}] level lines,
 *     handles: [{name, x, y, drag: (x, y) => …, step: [dx, dy]}]
 *     limits: {x: [a, b], y: [a, b]}                      left out: found from the values, and kept steady
 *   })
 * null and what is not finite interrupt a line. Pointing, or arrow keys on the plot, say the nearest point.
 */
import { freshId, h, listen, put, setAttributes, svg } from "./dom.js";
import { brief, shown } from "./numbers.js";
import { makeScale, steady } from "./scale.js";

const MARGIN = { left: 54, right: 14, top: 28, bottom: 40 };

export function plot(host, options) {
    const { label, x: xAxis, y: yAxis, width = 480, height = 300, behind = null } = options;
    const area = { x: [MARGIN.left, width - MARGIN.right], y: [height - MARGIN.bottom, MARGIN.top] };
    const clip = freshId("clip");
    const layer = (name, props = {}) => svg("g", { class: name, ...props });
    const inside = { "clip-path": `url(#${clip})` };
    const layers = { axes: layer("axes"), levels: layer("levels", inside), lines: layer("lines", inside), points: layer("points", inside),
        cursor: layer("cursor"), handles: layer("handles") };
    const legend = h("div", { class: "plot-legend" });
    const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "img", tabindex: "0", "aria-label": label },
        svg("clipPath", { id: clip }, svg("rect", { x: area.x[0], y: area.y[1] - 2, width: area.x[1] - area.x[0], height: area.y[0] - area.y[1] + 4 })),
        Object.values(layers));
    let shownLimits = { x: null, y: null };
    let scales = null;
    let content = { lines: [] };
    let chosen = { line: 0, k: 0 };

    const say = (line, k) => {
        const one = content.lines[line];
        if (!one || !Number.isFinite(one.y[k])) return;
        chosen = { line, k };
        const [x, y] = [one.x[k], one.y[k]];
        host.point(options.explain ? options.explain(one, x, y) : `${one.name}: ${xAxis.label} ${brief(x)}, ${yAxis.label} ${shown(y)}`);
        put(layers.cursor, svg("circle", { cx: scales.x.at(x), cy: scales.y.at(y), r: 4.5, class: `cursor-dot ${one.kind ?? "ink"}` }));
    };
    const leave = () => {
        put(layers.cursor);
        host.point("");
    };
    const placeOf = (event) => {
        const box = drawing.getBoundingClientRect();
        return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
    };
    listen(drawing, "pointermove", (event) => {
        const found = scales && nearest(content.lines, scales, placeOf(event));
        if (found) say(...found);
    });
    listen(drawing, "pointerleave", leave);
    listen(drawing, "blur", leave);
    listen(drawing, "keydown", (event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        const to = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (event.target !== drawing || content.lines.length === 0 || (!by && !to)) return;
        event.preventDefault();
        event.stopPropagation();
        const line = Math.max(0, Math.min(content.lines.length - 1, chosen.line + (to ?? 0)));
        say(line, Math.max(0, Math.min(content.lines[line].x.length - 1, chosen.k + (by ?? 0))));
    });

    const handles = handleLayer(layers.handles, host, () => scales, placeOf);
    const update = (wanted) => {
        content = { lines: [], points: [], marks: [], levels: [], handles: [], ...wanted };
        const limits = findLimits(content, shownLimits, options);
        if (scales === null || limits.x !== shownLimits.x || limits.y !== shownLimits.y) {
            scales = { x: makeScale(limits.x, area.x, xAxis.log), y: makeScale(limits.y, area.y, yAxis.log) };
            drawAxes(layers.axes, scales, area, options, height);
            shownLimits = limits;
        }
        drawLevels(layers.levels, content, scales, area);
        drawLines(layers.lines, content.lines, scales);
        drawPoints(layers.points, content.points, scales);
        handles.update(content.handles);
        setAttributes(drawing, { role: content.handles.length > 0 ? "group" : "img" }); // a picture holds no controls
        drawLegend(legend, content.lines);
    };
    const share = (part, whole) => `${((100 * part) / whole).toFixed(3)}%`;
    const place = { "--left": share(area.x[0], width), "--top": share(area.y[1], height), "--width": share(area.x[1] - area.x[0], width),
        "--height": share(area.y[0] - area.y[1], height) };
    const under = behind && h("div", { class: "plot-behind", vars: place }, behind);
    return { el: h("div", { class: "plot-box" }, h("div", { class: "plot-frame" }, under, drawing), legend), update };
}

function findLimits(content, before, { x, y }) {
    const given = content.limits ?? {};
    const keep = (old, now) => (old && old[0] === now[0] && old[1] === now[1] ? old : now);
    const find = (axis, name) => {
        const fixed = given[name] ?? axis.limits;
        if (fixed) return keep(before[name], fixed);
        const values = [...content.lines.flatMap((one) => one[name]), ...content.points.map((one) => one[name]),
            ...content.handles.map((one) => one[name])];
        return steady(before[name], values, axis.log);
    };
    return { x: find(x, "x"), y: find(y, "y") };
}

function drawAxes(layer, scales, area, { x, y }, height) {
    const [left, right] = area.x;
    const [bottom, top] = area.y;
    const xMarks = scales.x.marks.map((value) => [
        svg("line", { x1: scales.x.at(value), x2: scales.x.at(value), y1: bottom, y2: top, class: "grid-line" }),
        svg("text", { x: scales.x.at(value), y: bottom + 16, "text-anchor": "middle" }, brief(value))]);
    const yMarks = scales.y.marks.map((value) => [
        svg("line", { x1: left, x2: right, y1: scales.y.at(value), y2: scales.y.at(value), class: "grid-line" }),
        svg("text", { x: left - 7, y: scales.y.at(value) + 4, "text-anchor": "end" }, brief(value))]);
    put(layer, xMarks, yMarks, svg("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "axis-line" }),
        svg("text", { x: (left + right) / 2, y: height - 5, "text-anchor": "middle", class: "axis-name" }, x.label),
        svg("text", { x: 4, y: 13, class: "axis-name" }, y.label));
}

function drawLines(layer, lines, scales) {
    fit(layer, lines.length, () => svg("path", { fill: "none" }));
    lines.forEach((line, i) => setAttributes(layer.children[i], { class: `line ${line.kind ?? "ink"}${line.dashed ? " dashed" : ""}`, d: pathOf(line, scales) }));
}

function pathOf({ x, y }, scales) {
    let path = "";
    let down = false;
    for (let k = 0; k < x.length; k += 1) {
        const [a, b] = [x[k] === null ? NaN : scales.x.at(x[k]), y[k] === null ? NaN : scales.y.at(y[k])];
        if (Number.isFinite(a) && Number.isFinite(b)) {
            path += `${down ? "L" : "M"}${a.toFixed(1)} ${b.toFixed(1)}`;
            down = true;
        } else down = false;
    }
    return path.replace(/M[^ML]+(?=M|$)/g, "$&h0"); // a value between two that are missing is a dot
}

function drawPoints(layer, points, scales) {
    fit(layer, points.length, () => svg("circle", {}));
    points.forEach((point, i) => setAttributes(layer.children[i], {
        class: `point ${point.kind ?? "ink"}`, cx: scales.x.at(point.x).toFixed(1), cy: scales.y.at(point.y).toFixed(1), r: point.size ?? 3.5,
        "data-value": String(point.y),
    }));
}

function drawLevels(layer, { marks, levels }, scales, area) {
    const upright = marks.map(({ x, kind = "faint", text = "" }) => [
        svg("line", { x1: scales.x.at(x), x2: scales.x.at(x), y1: area.y[0], y2: area.y[1], class: `line ${kind}` }),
        svg("text", { x: scales.x.at(x) + 4, y: area.y[1] + 12, class: "mark-name" }, text)]);
    const level = levels.map(({ y, kind = "faint", text = "" }) => [
        svg("line", { x1: area.x[0], x2: area.x[1], y1: scales.y.at(y), y2: scales.y.at(y), class: `line ${kind}` }),
        svg("text", { x: area.x[1] - 4, y: scales.y.at(y) - 4, "text-anchor": "end", class: "mark-name" }, text)]);
    if (upright.length + level.length > 0 || layer.firstChild) put(layer, upright, level);
}

function drawLegend(legend, lines) {
    const named = lines.filter((line) => line.name);
    if (named.length < 2) return put(legend);
    const key = named.map((line) => `${line.name}|${line.kind}|${line.dashed}`).join("\n");
    if (legend.dataset.key === key) return legend;
    legend.dataset.key = key;
    return put(legend, named.map((line) => h("span", { class: "legend-entry" },
        h("span", { class: `legend-line ${line.kind ?? "ink"}${line.dashed ? " dashed" : ""}` }), line.name)));
}

/* Handles: dragged by pointer, moved by arrow keys (Shift: ten times as far). */
function handleLayer(layer, host, scalesNow, placeOf) {
    let handles = [];
    const make = () => {
        const dot = svg("circle", { r: 8, class: "handle", tabindex: "0", role: "slider" });
        const mine = () => handles[[...layer.children].indexOf(dot)];
        listen(dot, "pointerdown", (event) => {
            dot.setPointerCapture(event.pointerId);
            event.preventDefault();
            dot.focus();
        });
        listen(dot, "pointermove", (event) => {
            event.stopPropagation();
            if (!dot.hasPointerCapture(event.pointerId)) return;
            const [a, b] = placeOf(event);
            mine().drag(scalesNow().x.value(a), scalesNow().y.value(b));
        });
        listen(dot, "focus", () => host.point(mine().name));
        listen(dot, "keydown", (event) => {
            const [di, dj] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
            const one = mine();
            const { step = [0.05, 0.05] } = one;
            const by = event.shiftKey ? 10 : 1;
            if (di === 0 && dj === 0) return;
            event.preventDefault();
            event.stopPropagation();
            /* Kept, so that keys that come faster than answers add up. */
            one.x += by * di * step[0];
            one.y += by * dj * step[1];
            one.drag(one.x, one.y);
        });
        return dot;
    };
    const update = (wanted) => {
        handles = wanted;
        fit(layer, handles.length, make);
        handles.forEach((one, i) => setAttributes(layer.children[i], {
            cx: scalesNow().x.at(one.x).toFixed(1), cy: scalesNow().y.at(one.y).toFixed(1), class: `handle ${one.kind ?? "ink"}`,
            "aria-label": one.name, "aria-valuenow": String(one.x), "aria-valuetext": `${shown(one.x)}, ${shown(one.y)}`,
            "data-value": JSON.stringify([one.x, one.y]),
        }));
    };
    return { update };
}

function nearest(lines, scales, [a, b]) {
    let [best, found] = [40 * 40, null];
    lines.forEach((line, i) => {
        for (let k = 0; k < line.x.length; k += 1) {
            if (line.y[k] === null) continue;
            const distance = (scales.x.at(line.x[k]) - a) ** 2 + 0.2 * (scales.y.at(line.y[k]) - b) ** 2;
            if (distance < best) [best, found] = [distance, [i, k]];
        }
    });
    return found;
}

/* As many children as wanted; those that stay are the same elements. */
export function fit(layer, n, make) {
    while (layer.childElementCount > n) layer.lastElementChild.remove();
    while (layer.childElementCount < n) layer.append(make());
}
