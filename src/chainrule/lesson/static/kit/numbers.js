/* Numbers as text. They arrive as whole doubles and are rounded here, for the eye only.
 *
 *   shown(0.123456) "0.123"   shown(1.2e-9) "1.20·10⁻⁹"   shown(-2) "−2.000"   shown(null) "–"
 *   count(1010000) "1,010,000"   percent(0.5) "50.0 %"   seconds(2e-5) "20.0 µs"   shapeText([3, 2]) "3 × 2"
 *   lowered(12) "₁₂"   withIndex("z_1,2") "z₁,₂"
 *   putNumber(node, x, format = shown)   writes x and keeps all of it in data-value
 *   numberSpan(x)                        an element that holds one
 *   readNumber("−1,5") → −1.5            what a person typed, or null
 */
import { h, setAttributes, setText } from "./dom.js";

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

export function shown(x) {
    if (x === null || x === undefined || !Number.isFinite(x)) return "–";
    if (x === 0) return "0";
    const size = Math.abs(x);
    if (size >= 99999.5 || size < 0.0005) return scientific(x);
    const decimals = size >= 999.5 ? 0 : size >= 99.95 ? 1 : size >= 9.995 ? 2 : 3;
    return minus(x.toFixed(decimals));
}

export function scientific(x, decimals = 2) {
    if (x === null || !Number.isFinite(x)) return "–";
    const [digits, exponent] = x.toExponential(decimals).split("e");
    return `${minus(digits)}·10${raised(Number(exponent))}`;
}

/* As short as it can be said: 2 and not 2.000; for labels of axes and for settings. */
export function brief(x) {
    if (x === null || !Number.isFinite(x)) return "–";
    const size = Math.abs(x);
    if (size !== 0 && (size >= 1e5 || size < 1e-3)) {
        const [digits, exponent] = Number(x.toPrecision(3)).toExponential().split("e");
        const power = `10${raised(Number(exponent))}`;
        return digits === "1" ? power : `${minus(digits)}·${power}`;
    }
    return minus(String(Number(x.toPrecision(4))));
}

export function count(n) {
    if (n === null || !Number.isFinite(n)) return "–";
    return minus(String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, ","));
}

export function percent(share) {
    return share === null || share === undefined ? "–" : `${(100 * share).toFixed(1)} %`;
}

export function seconds(s) {
    if (s === null || !Number.isFinite(s)) return "–";
    const [unit, factor] = s >= 1 ? ["s", 1] : s >= 1e-3 ? ["ms", 1e3] : s >= 1e-6 ? ["µs", 1e6] : ["ns", 1e9];
    return `${(s * factor).toPrecision(3)} ${unit}`;
}

export function shapeText(shape) {
    return shape.join(" × ");
}

export function raised(n) {
    return [...String(n)].map((digit) => RAISED[digit]).join("");
}

export function lowered(n) {
    return [...String(n)].map((digit) => (digit === "-" ? "₋" : String.fromCharCode(0x2080 + Number(digit)))).join("");
}

/* z_1,2 as it is written by hand: z₁,₂. Names of columns stay as they are. */
export function withIndex(name) {
    const parts = /^([A-Za-zÂ-žα-ω]{1,2})_(\d+)(?:,(\d+))?$/.exec(name);
    if (parts === null) return name;
    return `${parts[1]}${lowered(parts[2])}${parts[3] === undefined ? "" : `,${lowered(parts[3])}`}`;
}

export function putNumber(node, x, format = shown) {
    setText(node, format(x));
    setAttributes(node, { "data-value": x === null || x === undefined ? "" : String(x) });
    return node;
}

export function numberSpan(x, format = shown) {
    return putNumber(h("span", { class: "number" }), x, format);
}

export function readNumber(text) {
    const plain = text.trim().replace("−", "-").replace(/^(-?\d*),(\d+)$/, "$1.$2");
    return plain === "" || !Number.isFinite(Number(plain)) ? null : Number(plain);
}

function minus(text) {
    return text.replace("-", "−");
}
