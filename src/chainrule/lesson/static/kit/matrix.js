/* A matrix as a grid of numbers (up to 12 × 12), as a heat map beyond. One stop of the Tab key; arrows walk inside.
 *
 *   const grid = matrixGrid(host, {label: "A_1", rowNames: ["q_1", …], columnNames: […], explain: (i, j, x) => "…"});
 *   grid.el      grid.update(matrix, {mark: (i, j) => "own" | "zero" | "lit" | null, rowNames, columnNames, level})
 *   pick: (i, j, x) => …      optional: Enter or a click on an entry
 *   signs: false              no tint of sign
 *
 * matrix is {shape, values, heat?}. What is pointed at or walked to is said by host.point(explain(i, j, x)).
 */
import { h, listen, put, setAttributes, setText } from "./dom.js";
import { heatMap, heatOf } from "./heat.js";
import { lowered, putNumber, shapeText } from "./numbers.js";

const LARGEST = 12;

export function matrixGrid(host, options) {
    const el = h("div", { class: "matrix" });
    const grids = { numbers: null, heat: null };
    let kind = null;
    return {
        el,
        update(matrix, state = {}) {
            const wanted = Math.max(...matrix.shape) <= LARGEST && matrix.values ? "numbers" : "heat";
            grids[wanted] ??= wanted === "numbers" ? numberGrid(host, options) : heatGrid(host, options);
            if (kind !== wanted) put(el, grids[wanted].el);
            kind = wanted;
            grids[wanted].update(matrix, state);
        },
    };
}

function explained(options, i, j, x) {
    return options.explain ? options.explain(i, j, x) : `${options.label}, row ${i + 1}, column ${j + 1}: ${x}`;
}

function numberGrid(host, options) {
    const table = h("table", { class: "matrix-numbers", role: "grid", "aria-label": options.label });
    let cells = [];
    let values = [];
    let at = [0, 0];
    let shape = "";
    const walk = (i, j) => {
        i = Math.max(0, Math.min(cells.length - 1, i));
        j = Math.max(0, Math.min(cells[0].length - 1, j));
        cells[at[0]]?.[at[1]]?.setAttribute("tabindex", "-1");
        at = [i, j];
        cells[i][j].setAttribute("tabindex", "0");
        return cells[i][j];
    };
    const placeOf = (target) => {
        const cell = target.closest("[data-place]");
        return cell ? cell.dataset.place.split(",").map(Number) : null;
    };
    const say = (event) => {
        const place = placeOf(event.target);
        if (place) host.point(explained(options, ...place, values[place[0]][place[1]]));
    };
    listen(table, "pointerover", say);
    listen(table, "pointerleave", () => host.point(""));
    listen(table, "focusin", say);
    listen(table, "focusout", () => host.point(""));
    listen(table, "click", (event) => {
        const place = placeOf(event.target);
        if (!place) return;
        walk(...place).focus();
        options.pick?.(...place, values[place[0]][place[1]]);
    });
    listen(table, "keydown", (event) => {
        const place = placeOf(event.target);
        if (!place) return;
        const [i, j] = place;
        const next = { ArrowUp: [i - 1, j], ArrowDown: [i + 1, j], ArrowLeft: [i, j - 1], ArrowRight: [i, j + 1],
            Home: [i, 0], End: [i, cells[0].length - 1] }[event.key];
        if (next) walk(...next).focus();
        else if (event.key === "Enter" && options.pick) options.pick(i, j, values[i][j]);
        else return;
        event.preventDefault();
        event.stopPropagation();
    });
    const build = (matrix, rowNames, columnNames) => {
        const [m, n] = matrix.shape;
        at = [Math.min(at[0], m - 1), Math.min(at[1], n - 1)];
        cells = range(m).map((i) => range(n).map((j) => h("td", {
            role: "gridcell", "data-place": `${i},${j}`, tabindex: at[0] === i && at[1] === j ? "0" : "-1",
        })));
        const head = columnNames && h("thead", {}, h("tr", {}, rowNames && h("td", {}),
            columnNames.slice(0, n).map((name) => h("th", { scope: "col" }, name))));
        put(table, head, h("tbody", {}, cells.map((line, i) => h("tr", {}, rowNames && h("th", { scope: "row" }, rowNames[i]), line))));
    };
    const update = (matrix, { mark = null, rowNames = options.rowNames, columnNames = options.columnNames }) => {
        const names = `${matrix.shape}|${rowNames?.join("\t")}|${columnNames?.join("\t")}`;
        if (names !== shape) build(matrix, rowNames, columnNames);
        shape = names;
        values = matrix.values;
        const largest = options.signs === false ? Infinity : largestOf(values);
        cells.forEach((line, i) => line.forEach((cell, j) => fill(cell, values[i][j], largest, mark?.(i, j) ?? "")));
    };
    return { el: table, update };
}

function fill(cell, x, largest, mark) {
    putNumber(cell, x);
    const sign = x > 0 ? "positive" : x < 0 ? "negative" : "nothing";
    const wanted = `${sign} ${mark}`.trim();
    if (cell.className !== wanted) cell.className = wanted;
    cell.style.setProperty("--t", x === null ? "0" : (Math.abs(x) / largest).toFixed(2));
}

function heatGrid(host, options) {
    const map = heatMap({ label: options.label });
    const place = h("span", { class: "heat-cursor", hidden: true });
    const words = h("span", { class: "heat-shape" });
    const frame = h("div", { class: "heat-frame", tabindex: "0", role: "group", "aria-label": `${options.label}, heat map; arrow keys walk over its entries` },
        map.el, place);
    let matrix = null;
    let at = [0, 0];
    const say = (i, j) => {
        const x = matrix.values ? matrix.values[i][j] : null;
        const text = matrix.values ? explained(options, i, j, x) : `row ${i + 1}, column ${j + 1}`;
        host.point(text);
        setAttributes(place, { hidden: false, "data-value": x === null ? "" : String(x),
            vars: { "--i": i / matrix.shape[0], "--j": j / matrix.shape[1], "--h": 1 / matrix.shape[0], "--w": 1 / matrix.shape[1] } });
        at = [i, j];
    };
    const leave = () => {
        place.hidden = true;
        host.point("");
    };
    const placeAt = (event) => [Math.floor((event.offsetY / map.el.clientHeight) * matrix.shape[0]),
        Math.floor((event.offsetX / map.el.clientWidth) * matrix.shape[1])].map((k, axis) => Math.max(0, Math.min(matrix.shape[axis] - 1, k)));
    listen(map.el, "pointermove", (event) => say(...placeAt(event)));
    listen(map.el, "pointerleave", leave);
    listen(map.el, "click", (event) => options.pick?.(...placeAt(event), matrix.values?.[at[0]][at[1]]));
    listen(frame, "focus", () => say(...at));
    listen(frame, "blur", leave);
    listen(frame, "keydown", (event) => {
        const by = event.shiftKey ? 10 : 1;
        const [di, dj] = { ArrowUp: [-by, 0], ArrowDown: [by, 0], ArrowLeft: [0, -by], ArrowRight: [0, by] }[event.key] ?? [0, 0];
        if (event.key === "Enter") options.pick?.(...at, matrix.values?.[at[0]][at[1]]);
        if (di === 0 && dj === 0) return;
        event.preventDefault();
        event.stopPropagation();
        say(Math.max(0, Math.min(matrix.shape[0] - 1, at[0] + di)), Math.max(0, Math.min(matrix.shape[1] - 1, at[1] + dj)));
    });
    const update = (wanted, { level = null }) => {
        matrix = wanted;
        at = [Math.min(at[0], matrix.shape[0] - 1), Math.min(at[1], matrix.shape[1] - 1)];
        map.update(matrix.heat ?? heatOf(matrix.values), level);
        setAttributes(frame, { vars: { "--rows": matrix.shape[0], "--columns": matrix.shape[1] } });
        setText(words, shapeText(matrix.shape));
    };
    return { el: h("div", {}, frame, words), update };
}

/* Names with an index: indexed("q", 3) → ["q₁", "q₂", "q₃"]. */
export function indexed(stem, n, from = 1) {
    return range(n).map((k) => `${stem}${lowered(k + from)}`);
}

export function range(n) {
    return Array.from({ length: n }, (_, i) => i);
}

function largestOf(values) {
    let largest = 0;
    for (const line of values) for (const x of line) largest = Math.max(largest, Math.abs(x ?? 0));
    return largest || 1;
}
