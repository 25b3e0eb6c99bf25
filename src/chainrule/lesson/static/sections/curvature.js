/* Section 9: both matrices of curvature, their eigenvalues, the damped step beside the gradient's, the tangent kernel. */
import { h, put } from "../kit/dom.js";
import { row, slider } from "../kit/controls.js";
import { facts } from "../kit/facts.js";
import { figure } from "../kit/figure.js";
import { matrixGrid, range } from "../kit/matrix.js";
import { brief, count, numberSpan, shown } from "../kit/numbers.js";
import { plot } from "../kit/plot.js";

const STEPS = [["levenberg_marquardt", "Levenberg–Marquardt", "positive"], ["gradient", "gradient", "negative"]];
const degrees = (x) => `${shown(x)}°`;

export const curvatureSection = {
    name: "curvature",
    build(host) {
        let scene = null;
        const entry = (i, j, x) => `∂²E/∂${scene.names[i]} ∂${scene.names[j]}: ${x}`;
        const gauss = matrixGrid(host, { label: "Gauss–Newton matrix", explain: entry });
        const hessian = matrixGrid(host, { label: "Hessian", explain: entry });
        const kernel = matrixGrid(host, { label: "tangent kernel", explain: (i, j, x) => `rows ${i} and ${j}: ${x}` });
        const kernelFigure = figure({ title: "Tangent kernel of the rows", name: "tangent-kernel" }, kernel.el);
        const values = plot(host, { label: "eigenvalues, the largest first", x: { label: "number" }, y: { label: "eigenvalue", log: true }, height: 250,
            explain: (one, x, y) => `${one.name}, number ${x}: ${shown(y)}` });
        const damping = slider({ label: "Damping, as a share of the largest diagonal entry", min: 1e-8, max: 1e4, log: true, value: 1e-2, format: brief,
            input: (x) => host.send({ do: "curvature.set", damping: x }), disabled: host.saved });
        const now = facts([["error", "Error now"], ["mu", "Damping μ"], ["gradient", "‖∇E‖"], ["negative", "Negative eigenvalues of the Hessian", count]]);
        const table = h("table", { class: "compare" });
        const over = (label, axis, words) => plot(host, { label, x: { label: "damping", log: true, limits: [1e-8, 3e4] }, y: axis, height: 250,
            explain: (one, x, y) => `${words} with a damping of ${brief(x)}: ${shown(y)}` });
        const error = over("error after the damped step", { label: "error", log: true }, "error");
        const length = over("length of the damped step", { label: "length", log: true }, "length of the step");
        const angle = over("angle to the gradient’s step", { label: "degrees" }, "angle to the gradient’s step");
        host.el.append(
            now.el,
            h("div", { class: "columns three curvature-matrices" },
                figure({ title: "Gauss and Newton’s matrix G", name: "gauss-newton" }, gauss.el).el,
                figure({ title: "The Hessian", name: "hessian" }, hessian.el).el, kernelFigure.el),
            row(damping.el), h("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "both steps in numbers" }, table),
            h("div", { class: "columns" },
                figure({ title: "Eigenvalues, the largest first", name: "eigenvalues" }, values.el).el,
                figure({ title: "Error after the damped step", name: "error-over-damping" }, error.el).el,
                figure({ title: "Its length", name: "length-over-damping" }, length.el).el,
                figure({ title: "Its angle to the gradient’s step", name: "angle-over-damping" }, angle.el).el),
        );
        return {
            update(scene_) {
                scene = scene_;
                const { eigenvalues, over_damping: course, steps } = scene;
                gauss.update(scene.gauss_newton);
                hessian.update(scene.hessian);
                kernel.update(scene.kernel);
                kernelFigure.caption(scene.n_kernel_rows < scene.n_rows ? `Tangent kernel of the first ${scene.n_kernel_rows} rows` : "Tangent kernel of the rows");
                values.update({ lines: valueLines(eigenvalues.drawn) });
                damping.set(scene.settings.damping);
                now.update({ error: scene.error, mu: scene.damping, gradient: scene.gradient_length, negative: eigenvalues.n_negative });
                put(table, stepHead(scene.rate), h("tbody", {}, STEPS.map(([key, name, kind]) => stepRow(name, kind, steps[key]))));
                const marks = [{ x: scene.settings.damping, text: "now" }];
                const lineOf = (key) => [{ name: key, x: course.damping, y: course[key], kind: "positive" }];
                error.update({ lines: lineOf("error"), marks, levels: [{ y: scene.error, text: "before" }] });
                length.update({ lines: lineOf("length"), marks });
                angle.update({ lines: lineOf("angle"), marks });
            },
        };
    },
};

function valueLines({ gauss_newton: G, hessian: H, sizes_of_negative: below }) {
    const numbers = range(G.length).map((k) => k + 1);
    return [
        { name: "Gauss–Newton", x: numbers, y: G, kind: "ink" },
        { name: "Hessian", x: numbers, y: H, kind: "positive" },
        { name: "Hessian, negative: their size", x: numbers, y: below, kind: "negative", dashed: true },
    ];
}

function stepRow(name, kind, { length, angle, promised, error }) {
    return h("tr", {}, h("th", { scope: "row", class: kind }, name), h("td", {}, numberSpan(length)), h("td", {}, numberSpan(angle, degrees)),
        h("td", {}, numberSpan(promised)), h("td", {}, numberSpan(error)));
}

function stepHead(rate) {
    const names = [`step (the gradient’s with rate ${brief(rate)})`, "length", "angle to −∇E", "error the model promises", "error after it"];
    return h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col" }, name))));
}
