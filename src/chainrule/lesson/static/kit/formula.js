/* Formulas as MathML.
 *
 *   formula(mi("q"), mo("="), ...)      the element to put in; formula.block for one on its own line: block(...)
 *   mi("x") mn("2") mo("·") mtext("words")      mnumber(0.25) a number with data-value
 *   mrow(...) sub(a, b) sup(a, b) subsup(a, b, c) frac(a, b) root(a) fenced(a) norm(a) bold("x")
 *   mmatrix([[a, b], [c, d]])           with square brackets
 *   under(a, b)                         b (a shape, say) below a
 */
import { mathml } from "./dom.js";
import { putNumber, shown } from "./numbers.js";

export function formula(...parts) {
    return mathml("math", {}, mrow(...parts));
}

export function block(...parts) {
    return mathml("math", { display: "block" }, mrow(...parts));
}

export function mi(name) {
    return mathml("mi", {}, name);
}

export function mn(text) {
    return mathml("mn", {}, text);
}

export function mnumber(x, format = shown) {
    return putNumber(mathml("mn", {}), x, format);
}

export function mo(sign) {
    return mathml("mo", {}, sign);
}

export function mtext(words) {
    return mathml("mtext", {}, words);
}

export function mrow(...parts) {
    return mathml("mrow", {}, ...parts);
}

export function sub(base, index) {
    return mathml("msub", {}, base, index);
}

export function sup(base, exponent) {
    return mathml("msup", {}, base, exponent);
}

export function subsup(base, index, exponent) {
    return mathml("msubsup", {}, base, index, exponent);
}

export function frac(above, below) {
    return mathml("mfrac", {}, above, below);
}

export function root(inside) {
    return mathml("msqrt", {}, inside);
}

export function under(base, below) {
    return mathml("munder", {}, base, below);
}

export function fenced(inside, open = "(", close = ")") {
    return mrow(mathml("mo", { stretchy: "true" }, open), inside, mathml("mo", { stretchy: "true" }, close));
}

export function norm(inside) {
    return fenced(inside, "‖", "‖");
}

export function bold(name) {
    return mathml("mi", { class: "bold" }, name);
}

export function mmatrix(rows) {
    const cells = rows.map((row) => mathml("mtr", {}, ...row.map((cell) => mathml("mtd", {}, cell))));
    return fenced(mathml("mtable", {}, ...cells), "[", "]");
}
