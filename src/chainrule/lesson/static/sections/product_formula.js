/* The long product as a formula: factors with their shapes beneath, what is multiplied in brackets. */
import { mathml } from "../kit/dom.js";
import { fenced, formula, frac, mi, mn, mo, mrow, mtext, sub, sup, under } from "../kit/formula.js";
import { shapeText } from "../kit/numbers.js";

export function chainFormula(scene) {
    const { factors, partial, n, settings } = scene;
    const chain = factors.filter((one) => one.role !== "augmented");
    const summing = factors.find((one) => one.role === "augmented");
    const [first, last] = partial ? [partial.first, partial.last] : [-1, -1];
    const between = (k) => (k === 0 ? [] : [mo(n > 1 && chain[k].role === "slopes" ? "∘" : "·")]);
    const piece = (from, to) => chain.slice(from, to + 1).flatMap((one, k) => [...(k > 0 ? between(from + k) : []), withShape(one, scene)]);
    const parts = partial
        ? [...piece(0, first - 1), ...between(first), multiplied(first === last ? piece(first, last)[0] : fenced(mrow(...piece(first, last)))),
            ...(last < chain.length - 1 ? between(last + 1) : []), ...piece(last + 1, chain.length - 1)]
        : piece(0, chain.length - 1);
    const whole = summing ? [withShape(summing, scene), mo("·"), chain.length > 1 && !partial ? fenced(mrow(...parts)) : mrow(...parts)] : parts;
    return displayed(derivativeName(settings, n), mo("="), ...(partial?.summed ? [multiplied(mrow(...whole))] : whole));
}

/* On a line of its own, at its left end; a wide one is scrolled. */
function displayed(...parts) {
    return mathml("math", { displaystyle: "true" }, mrow(...parts));
}

function derivativeName({ of, layer }, n) {
    const error = n > 1 ? mi("E") : mi("Φ");
    const inputs = n > 1 ? mi("X") : mi("x");
    const variable = of === "inputs" ? inputs : fenced(mrow(sub(mi("A"), mn(layer)), mo(","), sub(mi("b"), mn(layer))));
    return frac(mrow(mi("∂"), error), mrow(mi("∂"), variable));
}

function withShape(one, scene) {
    return under(symbol(one, scene.n), mtext(shapeText(one.shape)));
}

function multiplied(math) {
    return mathml("mrow", { class: "in-product" }, math);
}

function symbol({ role, name, layer }, n) {
    if (role === "error") return errorSymbol(name, n);
    if (role === "augmented") return sup(mi("Ẑ"), mi("T"));
    if (role === "layer") return mrow(mi("D"), sub(mi("F"), mn(layer)));
    const letter = name.startsWith("∂F") ? "F" : "q";
    if (role === "parameters")
        return frac(mrow(mi("∂"), sub(mi(letter), mn(layer))), mrow(mi("∂"), fenced(mrow(sub(mi("A"), mn(layer)), mo(","), sub(mi("b"), mn(layer))))));
    return sub(mi(role === "weights" ? "A" : "D"), mn(layer));
}

function errorSymbol(name, n) {
    const residual = fenced(mrow(mi("F"), mo("−"), mi(n > 1 ? "Y" : "y")));
    const parts = n > 1 ? [residual] : [sup(residual, mi("T"))];
    if (name.startsWith("2")) parts.unshift(mn("2"));
    if (name.endsWith("/N")) parts.push(mo("/"), mi("N"));
    return mrow(...parts);
}

export function factorFormula(one, scene) {
    return formula(symbol(one, scene.n));
}

/* What the products so far are called: at the end the derivative itself. */
export function productFormula({ settings, products, n }) {
    if (settings.done === products) return formula(derivativeName(settings, n));
    return formula(mtext(settings.done === 1 ? "after 1 product" : `after ${settings.done} products`));
}
