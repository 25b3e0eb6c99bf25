/* From numbers to places on an axis and back; marks at round numbers.
 *
 *   const scale = makeScale([low, high], [from, to], log)      scale.at(x)   scale.value(place)   scale.marks
 *   steady(limits, values, log)      limits that hold the values and seldom change: widened at once, narrowed when half empty
 */
export function makeScale([low, high], [from, to], log = false) {
    const f = log ? Math.log10 : (x) => x;
    const [a, b] = [f(low), f(high)];
    const factor = b > a ? (to - from) / (b - a) : 0;
    return {
        limits: [low, high],
        at: (x) => from + (f(x) - a) * factor,
        value: (place) => (log ? 10 ** (a + (place - from) / factor) : a + (place - from) / factor),
        marks: log ? decades(a, b) : roundMarks(a, b),
    };
}

export function steady(limits, values, log = false) {
    let [low, high] = [Infinity, -Infinity];
    for (const x of values) {
        if (x === null || !Number.isFinite(x) || (log && x <= 0)) continue;
        if (x < low) low = x;
        if (x > high) high = x;
    }
    if (low > high) return limits ?? (log ? [0.1, 1] : [0, 1]);
    if (limits && low >= limits[0] && high <= limits[1] && !halfEmpty(limits, [low, high], log)) return limits;
    return log ? aroundLog(low, high) : around(low, high);
}

function halfEmpty([a, b], [low, high], log) {
    const f = log ? Math.log10 : (x) => x;
    return f(high) - f(low) < 0.45 * (f(b) - f(a)) && f(b) - f(a) > (log ? 2 : 1e-9);
}

function around(low, high) {
    const spread = high - low || Math.abs(high) || 1;
    const step = roundStep(spread / 4);
    return [Math.floor(low / step) * step, Math.ceil(high / step + 1e-9) * step];
}

function aroundLog(low, high) {
    const below = oneTwoFive(low, -1);
    const above = oneTwoFive(high, 1);
    return above > 1.5 * below ? [below, above] : [below / 2, above * 2];
}

/* The next of … 0.1, 0.2, 0.5, 1, 2, 5 … at or below, at or above. */
function oneTwoFive(x, side) {
    const power = 10 ** Math.floor(Math.log10(x) + 1e-9);
    const steps = [1, 2, 5, 10].map((m) => Number((m * power).toPrecision(3)));
    return side < 0 ? steps.findLast((m) => m <= x * (1 + 1e-9)) : steps.find((m) => m >= x * (1 - 1e-9));
}

function roundStep(rough) {
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * ([1, 2, 5].find((m) => m * power >= rough * 0.999) ?? 10);
}

function roundMarks(a, b) {
    if (!(b > a)) return [a];
    const step = roundStep((b - a) / 5);
    const first = Math.ceil(a / step - 1e-9);
    const last = Math.floor(b / step + 1e-9);
    return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function decades(a, b) {
    if (b - a < 2) return between(a, b);
    const [first, last] = [Math.ceil(a - 1e-9), Math.floor(b + 1e-9)];
    const every = Math.max(1, Math.ceil((last - first) / 6));
    const marks = [];
    for (let k = first; k <= last; k += every) marks.push(10 ** k);
    return marks;
}

function between(a, b) {
    const marks = [];
    for (let k = Math.floor(a); k <= Math.ceil(b); k += 1) for (const m of [1, 2, 5]) marks.push(Number(`${m}e${k}`));
    return marks.filter((mark) => Math.log10(mark) >= a - 1e-9 && Math.log10(mark) <= b + 1e-9);
}
