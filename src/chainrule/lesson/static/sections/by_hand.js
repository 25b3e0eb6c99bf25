/* Section 7: two maps that are typed in, their derivatives as formulas and as numbers, and the product. */
import { h, mathml, put } from "../kit/dom.js";
import { button, numberField, row, textField } from "../kit/controls.js";
import { figure } from "../kit/figure.js";
import { fenced, formula, mi, mnumber, mo, mrow, mtext, sub, mn } from "../kit/formula.js";
import { indexed, matrixGrid } from "../kit/matrix.js";
import { plot } from "../kit/plot.js";

const TAGS = new Set(["mrow", "mi", "mn", "mo", "mfrac", "msup", "msub", "msubsup", "msqrt", "mroot", "mtable", "mtr", "mtd"]);
const SIDE = 3;

export const byHandSection = {
    name: "by_hand",
    build(host) {
        const set = (values) => host.send({ do: "by_hand.set", ...values });
        let scene = null;
        let done = 0;
        const typed = () => set({ f: f.input.value, g: g.input.value });
        const f = textField({ label: "f, of x1, x2, x3", width: 30, change: typed, disabled: host.saved });
        const g = textField({ label: "g, of y1, y2, y3", width: 30, change: typed, disabled: host.saved });
        const move = (axis, x) => set({ point: scene.settings.point.map((old, k) => (k === axis ? x : old)) });
        const point = [0, 1, 2].map((axis) => numberField({ label: `x${axis + 1}`, value: 0, width: 8, change: (x) => move(axis, x), disabled: host.saved }));
        const plane = plot(host, { label: "the point x", width: 300, height: 260, x: { label: "x₁" }, y: { label: "x₂" } });
        const planeFigure = figure({ title: "The point x: drag it", name: "by-hand-point" }, plane.el);
        const formulas = h("div", { class: "by-hand-formulas", tabindex: "0", role: "group", "aria-label": "f, g and h = g ∘ f as formulas" });
        const grids = ["Dg", "Df", "Dh"].map((name) => namedGrid(host, name, () => scene));
        const carry = (n) => {
            if (host.saved) {
                done = n;
                draw();
            } else set({ entries: n });
        };
        const entries = () => scene.products.length * scene.x.length;
        const next = button({ text: "Carry out the next entry", kind: "main", press: () => carry(done + 1) });
        const all = button({ text: "All", press: () => carry(entries()) });
        const again = button({ text: "Begin again", press: () => carry(0) });
        const sum = h("div", { class: "formula-line by-hand-sum", tabindex: "0", role: "group", "aria-label": "the entry as a sum", "aria-live": "polite" });
        let written = "";
        host.el.append(
            row(f.el, g.el), formulas,
            h("div", { class: "by-hand-numbers" },
                h("div", {}, row(point.map((one) => one.el)), planeFigure.el),
                h("div", {},
                    h("div", { class: "by-hand-product" }, grids[0].el, h("span", { class: "by-hand-sign" }, "·"), grids[1].el,
                        h("span", { class: "by-hand-sign" }, "="), grids[2].el),
                    row(next.el, all.el, again.el), sum)),
        );
        const draw = () => {
            const n = scene.x.length;
            const last = done > 0 ? [Math.floor((done - 1) / n), (done - 1) % n] : null;
            grids[0].update(scene.Dg, { rowNames: indexed("z", scene.z.length), columnNames: indexed("y", scene.y.length), mark: (i) => (last?.[0] === i ? "lit" : null) });
            grids[1].update(scene.Df, { rowNames: indexed("y", scene.y.length), columnNames: indexed("x", n), mark: (i, j) => (last?.[1] === j ? "lit" : null) });
            grids[2].update(carried(scene.Dh, done), { rowNames: indexed("z", scene.z.length), columnNames: indexed("x", n),
                mark: (i, j) => (last?.[0] === i && last?.[1] === j ? "own" : null) });
            next.set({ disabled: done >= entries() });
            all.set({ disabled: done >= entries() });
            again.set({ disabled: done === 0 });
            put(sum, last === null ? formula(mtext("Each entry of Dh is a row of Dg times a column of Df.")) : entrySum(scene, ...last));
        };
        return {
            update(scene_) {
                const before = scene;
                scene = scene_;
                if (!host.saved || before === null) done = scene.settings.entries;
                f.set(scene.settings.f);
                g.set(scene.settings.g);
                point.forEach((one, axis) => {
                    one.el.hidden = axis >= scene.x.length;
                    if (axis < scene.x.length) one.set(scene.settings.point[axis]);
                });
                planeFigure.el.hidden = scene.x.length < 2;
                if (scene.x.length >= 2) drawPoint(plane, scene, host, set);
                const wanted = JSON.stringify([scene.f, scene.g, scene.h]);
                if (wanted !== written) put(formulas, formulaLines(scene));
                written = wanted;
                draw();
            },
        };
    },
};

function drawPoint(plane, { x, settings }, host, set) {
    const reach = Math.max(SIDE, Math.ceil(1.2 * Math.max(Math.abs(x[0]), Math.abs(x[1]))));
    const round = (v) => Math.round(v * 100) / 100;
    plane.update({
        handles: [{ name: "the point x", x: x[0], y: x[1], step: [0.05, 0.05],
            drag: (a, b) => host.saved || set({ point: [round(a), round(b), ...settings.point.slice(2)] }) }],
        limits: { x: [-reach, reach], y: [-reach, reach] },
    });
}

function namedGrid(host, name, sceneNow) {
    const of = { Dg: ["z", "y"], Df: ["y", "x"], Dh: ["z", "x"] }[name];
    const grid = matrixGrid(host, { label: name, explain: (i, j, x) =>
        `∂${of[0]}${i + 1}/∂${of[1]}${j + 1} at x = (${sceneNow().x.join(", ")}): ${x === null ? "not carried out yet" : x}` });
    const at = name === "Dg" ? " at y = f(x)" : " at x";
    return { el: h("div", { class: "by-hand-matrix" }, h("p", { class: "by-hand-name" }, name, h("span", { class: "note" }, at)), grid.el), update: grid.update };
}

/* Of the product what has been carried out; the rest is still open. */
function carried({ shape, values }, done) {
    return { shape, values: values.map((line, i) => line.map((x, j) => (i * shape[1] + j < done ? x : null))) };
}

function entrySum({ Dg, Df, Dh, products }, i, j) {
    const terms = products[i][j].map((product, k) => [k > 0 && mo("+"), fencedNegative(Dg.values[i][k]), mo("·"), fencedNegative(Df.values[k][j])]);
    const sums = products[i][j].map((product, k) => [k > 0 && mo("+"), fencedNegative(product)]);
    const several = products[i][j].length > 1;
    return formula(mtext("Dh"), sub(mrow(), mrow(mn(String(i + 1)), mn(String(j + 1)))), mo("="), ...terms.flat().filter(Boolean),
        ...(several ? [mo("="), ...sums.flat().filter(Boolean)] : []), mo("="), mnumber(Dh.values[i][j]));
}

function fencedNegative(x) {
    return x < 0 ? fenced(mnumber(x)) : mnumber(x);
}

function formulaLines(scene) {
    const line = (...parts) => h("div", { class: "formula-line" }, formula(...parts));
    const letter = (name) => built(["mi", name]);
    const of = (name, args) => [letter(name), fenced(mrow(...joined(args.map(indexedName))))];
    const both = (name, one, ...head) => h("div", {}, one === null
        ? h("p", { class: "note" }, `${name} and its derivative are too long to be written out; the numbers are below.`)
        : [line(...head, mo("="), column(one.formulas)), line(mi(`D${name}`), mo("="), grid(one.derivative))]);
    return [
        h("div", { class: "by-hand-maps" },
            both("f", scene.f, ...(scene.f ? of("f", scene.f.variables) : [])),
            both("g", scene.g, ...(scene.g ? of("g", scene.g.variables) : []))),
        both("h", scene.h, letter("h"), mo("="), letter("g"), mo("∘"), letter("f")),
    ];
}

function joined(parts) {
    return parts.flatMap((part, k) => (k > 0 ? [mo(","), part] : [part]));
}

function indexedName(name) {
    return sub(built(["mi", name[0]]), mn(name.slice(1)));
}

function column(trees) {
    return trees.length === 1 ? built(trees[0]) : bracketed(trees.map((tree) => [built(tree)]));
}

function grid(rows) {
    return bracketed(rows.map((line) => line.map(built)));
}

/* A matrix whose brackets are its borders: few fonts have brackets that grow. */
function bracketed(rows) {
    const cells = rows.map((line) => mathml("mtr", {}, ...line.map((cell) => mathml("mtd", {}, cell))));
    return mathml("mtable", { class: "bracketed", displaystyle: "true" }, ...cells);
}

/* A formula's tree as MathML; tags that are not known are left out. */
function built([tag, ...parts]) {
    if (!TAGS.has(tag)) return mrow();
    const letter = tag === "mi" && /^[A-Za-z]$/.test(parts[0]);
    return mathml(tag, letter ? { class: "letter" } : {}, ...parts.map((part) => (Array.isArray(part) ? built(part) : part)));
}
