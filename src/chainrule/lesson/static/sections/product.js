/* Section 3: the factors of the derivative, multiplied one by one. */
import { h, put, setAttributes, setText } from "../kit/dom.js";
import { button, choice, row, stepper, toggle } from "../kit/controls.js";
import { facts } from "../kit/facts.js";
import { figure } from "../kit/figure.js";
import { matrixGrid, range } from "../kit/matrix.js";
import { count, putNumber, scientific, shapeText, shown } from "../kit/numbers.js";
import { fit } from "../kit/plot.js";
import { chainFormula, factorFormula, productFormula } from "./product_formula.js";

const PRODUCT_FACTS = [["multiplied", "Multiplications so far", count], ["left", "All, from the left", count], ["right", "All, from the right", count]];

export const productSection = {
    name: "product",
    build(host) {
        const controls = productControls(host);
        const chain = h("div", { class: "formula-line", tabindex: "0", role: "group", "aria-label": "the chain as a formula" });
        const spent = facts(PRODUCT_FACTS);
        const line = chainLine(host);
        const left = figure({ title: "", name: "product-chain" }, line.el);
        const steps = stepTable();
        const library = comparison(host);
        const figures = h("div", { class: "product-figures" },
            figure({ title: "The chain, with shapes; what is multiplied is in brackets", name: "product-formula" }, chain).el,
            left.el,
            library.el,
            h("div", { class: "columns" }, figure({ title: "The products, in this order", name: "product-steps" }, steps.el).el, spent.el));
        host.el.append(controls.el, figures);
        let key = "";
        return {
            update(scene, common) {
                figures.hidden = false;
                controls.update(scene, common);
                const wanted = JSON.stringify([scene.factors.map((one) => [one.name, one.shape]), scene.partial?.first, scene.partial?.last, scene.settings]);
                if (wanted !== key) put(chain, chainFormula(scene));
                key = wanted;
                left.caption(whatIsLeft(scene, common));
                line.update(scene);
                steps.update(scene);
                spent.update({ multiplied: scene.multiplied, ...scene.multiplications });
                library.update(scene);
            },
            refused(scene, common) {
                figures.hidden = true;
                controls.update({ ...scene, products: 0 }, common);
            },
        };
    },
};

function whatIsLeft({ settings, products, n }, common) {
    const rows = { row: `row ${common.row}`, batch: `the next batch, ${count(n)} ${n === 1 ? "row" : "rows"}`, all: `all ${count(n)} rows` }[settings.data];
    return settings.done === products ? `The product, ${rows}` : `What is left to multiply, ${rows}`;
}

function productControls(host) {
    const off = host.saved;
    const set = (values) => host.send({ do: "product.set", ...values });
    const target = choice({ label: "Derivative in", options: [], disabled: off,
        change: (value) => set(value === 0 ? { of: "inputs" } : { of: "parameters", layer: value }) });
    const rows = choice({ label: "Rows", disabled: off, value: "row",
        options: [{ value: "row", label: "one row" }, { value: "batch", label: "the next batch" }, { value: "all", label: "all rows" }],
        change: (value) => set(value === "row" ? { data: value } : { data: value, direction: "left" }) });
    const which = stepper({ label: "Row", min: 0, max: 1, value: 0, change: (k) => host.send({ do: "choose row", row: k }), disabled: off });
    const direction = choice({ label: "Multiply from", disabled: off, value: "left",
        options: [{ value: "left", label: "the left (output)" }, { value: "right", label: "the right (input)" }],
        change: (value) => set({ direction: value }) });
    const split = toggle({ label: "σ′ and A apart", value: true, change: (on) => set({ split: on }), disabled: off });
    const act = (name) => () => host.send({ do: `product.${name}` });
    const multiply = button({ text: "Multiply the next factor", kind: "main", press: act("multiply"), disabled: off });
    const undo = button({ text: "Undo", label: "Undo: take the last product back", press: act("undo"), disabled: off });
    const finish = button({ text: "All", label: "carry out all products", press: act("finish"), disabled: off });
    const begin = button({ text: "Begin again", press: () => set({ done: 0 }), disabled: off });
    return {
        el: h("div", { class: "product-controls" }, row(target.el, rows.el, which.el, direction.el, split.el), row(multiply.el, undo.el, finish.el, begin.el)),
        update({ settings, products }, common) {
            const layers = range(common.layer_sizes.length - 1).map((l) => ({ value: l + 1, label: `A and b of layer ${l + 1}` }));
            target.set(settings.of === "inputs" ? 0 : settings.layer, { options: [...layers, { value: 0, label: "the inputs" }] });
            rows.set(settings.data);
            which.set(common.row, { max: common.n_rows - 1, disabled: off || settings.data !== "row" });
            direction.set(settings.direction, { disabled: off || settings.data !== "row" });
            split.set(settings.split);
            multiply.set({ disabled: off || settings.done >= products });
            finish.set({ disabled: off || settings.done >= products });
            undo.set({ disabled: off || settings.done === 0 });
            begin.set({ disabled: off || settings.done === 0 });
        },
    };
}

/* The factors that are left, and what the others have come to. */
function chainLine(host) {
    const el = h("div", { class: "forward-line product-line" });
    const pieces = new Map();
    let now = null;
    let key = "";
    const pieceFor = (name) => {
        if (!pieces.has(name)) pieces.set(name, chainPiece(host, () => now.factors.find((one) => one.name === name)));
        return pieces.get(name);
    };
    const product = chainPiece(host, () => now.partial && { ...now.partial, says: "what the factors so far have come to", name: "product" });
    const sign = (text) => h("div", { class: "forward-sign", "aria-hidden": "true" }, text);
    return {
        el,
        update(scene) {
            now = scene;
            const parts = partsOf(scene);
            const wanted = JSON.stringify([parts.map((part) => part.name), scene.settings.done]);
            if (wanted !== key) put(el, parts.flatMap((part, k) => [k > 0 && sign(part.sign), (part.product ? product : pieceFor(part.name)).el]));
            key = wanted;
            for (const part of parts) {
                const piece = part.product ? product : pieceFor(part.name);
                piece.update(part, part.product ? productFormula(scene) : factorFormula(part, scene));
            }
        },
    };
}

/* What is still to be multiplied, in the order of the formula; "sign" is what stands before it. */
function partsOf({ factors, partial, n, settings }) {
    const chain = factors.filter((one) => one.role !== "augmented");
    const summing = factors.find((one) => one.role === "augmented");
    const signOf = (one) => (n > 1 && one.role === "slopes" ? "∘" : "·");
    const parts = [];
    chain.forEach((one, k) => {
        const inside = partial && k >= partial.first && k <= partial.last;
        if (!inside) parts.push({ ...one, sign: signOf(one) });
        else if (k === partial.first) parts.push({ ...partial, name: `product ${settings.done}`, product: true, sign: "·" });
    });
    return summing && !partial?.summed ? [{ ...summing, sign: "" }, ...parts] : parts;
}

function chainPiece(host, current) {
    const name = h("div", { class: "forward-name" });
    const shape = h("div", { class: "product-shape" });
    const grid = matrixGrid(host, { label: "a factor", explain: (i, j, x) => entryWords(current(), i, j, x) });
    const el = h("div", { class: "forward-piece", tabindex: "-1" }, name, grid.el, shape);
    let key = "";
    el.addEventListener("pointerenter", () => host.point(current()?.says ?? ""));
    return {
        el,
        update(part, math) {
            if (part.name + part.matrix.shape !== key) put(name, math);
            key = part.name + part.matrix.shape;
            setAttributes(el, { "data-factor": part.name, class: part.product ? "forward-piece product-piece" : "forward-piece" });
            setText(shape, part.matrix.heat ? "" : shapeText(part.matrix.shape));
            const [rowNames, columnNames] = namesBeside(part);
            const structural = part.role === "slopes" || part.role === "parameters";
            grid.update(part.matrix, { rowNames, columnNames, mark: (i, j) => (structural && part.matrix.values[i][j] === 0 ? "zero" : null) });
        },
    };
}

/* Names beside a grid of numbers; a row alone, such as ∇Φ, has none at its left. */
function namesBeside({ rows, columns }) {
    return [rows?.some((name) => name !== "") ? rows : undefined, columns ?? undefined];
}

/* An entry as the derivative that it is. */
function entryWords(part, i, j, x) {
    if (!part) return "";
    const [down, across] = [part.rows?.[i] ?? `${i + 1}`, part.columns?.[j] ?? `${j + 1}`];
    if (part.role === "augmented") return `${down} of ${across}: ${shown(x)}`;
    if (part.summed) return `the rows' sum of ${down} · ∂E/∂${across} = ${shown(x)}: the derivative of E in ${down === "1" ? "the bias" : `the weight from ${down}`} to ${across}`;
    if (down === "") return `∂Φ/∂${across} = ${shown(x)}`;
    if (down.startsWith("row ")) return part.role === "slopes" || part.role === "softmax" ? `${down}, ${across}: ${shown(x)}` : `∂E/∂${across} of ${down} = ${shown(x)}`;
    return `∂${down}/∂${across} = ${shown(x)}`;
}

function stepTable() {
    const body = h("tbody", {});
    const head = h("tr", {}, ["done", "product", "shapes", "multiplications"].map((name) => h("th", { scope: "col" }, name)));
    const make = () => h("tr", {}, range(4).map(() => h("td", {})));
    return {
        el: h("table", { class: "product-steps" }, h("thead", {}, head), body),
        update({ steps, settings }) {
            fit(body, steps.length, make);
            steps.forEach(({ left, right, shape: [m, k, n], multiplications }, at) => {
                const line = body.children[at];
                const [mark, names, shapes, cost] = line.children;
                const state = at < settings.done ? "done" : at === settings.done ? "next" : "later";
                setAttributes(line, { class: `step-${state}` });
                setText(mark, { done: "✓", next: "next", later: "" }[state]);
                setText(names, productWords(left, right, at, settings.direction));
                setText(shapes, `${m} × ${k} · ${k} × ${n}`);
                putNumber(cost, multiplications, count);
            });
        },
    };
}

function productWords(left, right, at, direction) {
    if (at === 0) return `${left} · ${right}`;
    return direction === "left" && left !== "Ẑᵀ" ? `so far · ${right}` : `${left} · so far`;
}

/* At the end: what the library itself gives. */
function comparison(host) {
    let now = null;
    const grid = matrixGrid(host, { label: "by the library", explain: (i, j, x) => entryWords(now.partial, i, j, x) });
    const end = facts([["difference", "Largest difference", (x) => (x === 0 ? "0" : scientific(x, 1))], ["length", "Length ‖∇Φ‖"]]);
    const fig = figure({ title: "The same by net.gradient", name: "product-gradient" }, grid.el);
    const el = h("div", { class: "product-end", hidden: true }, fig.el, end.el);
    return {
        el,
        update(scene) {
            now = scene;
            el.hidden = scene.compared === null;
            if (el.hidden) return;
            fig.caption(scene.settings.of === "inputs" ? "The same by net.input_gradient" : "The same by net.gradient, the part of this layer");
            const [rowNames, columnNames] = namesBeside(scene.partial);
            grid.update(scene.compared.matrix, { rowNames, columnNames });
            end.update({ difference: scene.compared.difference, length: scene.compared.length });
        },
    };
}
