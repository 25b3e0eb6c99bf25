"""The two public functions in C, and a main that reads rows of CSV."""

from dataclasses import dataclass

from chainrule.export._c._constants import DTYPES, filled
from chainrule.export._c._jacobian import arguments, n_rows_beside
from chainrule.export._c._networks import Shape
from chainrule.export._c._outputs import finish_call, first_row, n_values

_PREDICT = """\
int ${name}_predict(const real x[$D], real y[$P])
{
$declared$encode$zeros$loop$finish    return 0;
}
"""

_JACOBIAN = """\
int ${name}_jacobian(const real x[$D], real y[$P], real J[$size])
{
$declared$encode    for (k = 0; k < $size; k++) J[k] = 0;
$zeros$loop$finish    return 0;
}
"""

_MAIN = """\
#ifdef $MACRO
/* Reads rows of $D numbers with commas between them; an empty cell is a missing number. Writes for each what
   the function returns and, if that is 0, y$and_j. */
#include <stdio.h>
#include <stdlib.h>

static real x[$D], y[$P]$j;

static void answer(void)
{
    const int code = ${name}_$function(x, y$argument);
    int i;
    printf("%d", code);
    for (i = 0; i < $P && !code; i++) printf(",%.${digits}g", (double)y[i]);
$print_j    printf("\\n");
}

int main(void)
{
    char cell[64], *end;
    int c, length = 0, place = 0, row = 1;
    do {
        c = getchar();
        if (c == ',' || c == '\\n' || c == EOF) {
            if (c == EOF && !length && !place) break;
            cell[length] = 0;
            if (place < $D) {
                x[place] = (real)strtod(cell, &end);
                if (!length) x[place] = (real)NAN;
                if (*end) { fprintf(stderr, "row %d: %s is no number\\n", row, cell); return 1; }
            }
            place++;
            length = 0;
            if (c == ',') continue;
            if (place != $D) { fprintf(stderr, "row %d has %d numbers, not $D\\n", row, place); return 1; }
            answer();
            place = 0;
            row++;
        } else if (c != '\\r') {
            if (length == 63) { fprintf(stderr, "row %d: a number is too long\\n", row); return 1; }
            cell[length++] = (char)c;
        }
    } while (c != EOF);
    return 0;
}
#endif
"""


@dataclass(frozen=True)
class Body:
    """What the two functions have in common.

    Parameters
    ----------
    shape : Shape
    plain : bool
        Whether columns need no encoding.
    finish : str
        Code of the function `finish`; "" if there is none.
    add : str
        Code of the function `add_jacobian`; "" without derivatives.
    """

    shape: Shape
    plain: bool
    finish: str
    add: str

    def predict(self, name: str) -> str:
        """Return the code of NAME_predict."""
        return self._function(_PREDICT, name, False)

    def jacobian(self, name: str) -> str:
        """Return the code of NAME_jacobian."""
        return self._function(_JACOBIAN, name, True)

    def _buffers(self, derivative: bool) -> dict[str, int]:
        """Sizes of the arrays that a call needs."""
        M, K = self.shape.sizes[0], self.shape.sizes[-1]
        sizes = {} if self.plain else {"u": M}
        if derivative and self._given("s"):
            sizes["s"] = M
        if derivative and self._given("d"):
            sizes["d"] = self.shape.n_kept()
        return sizes | {"f": K}

    def _given(self, name: str) -> bool:
        return f"const real *{name}" in self.add

    def n_bytes(self, derivative: bool) -> int:
        """Bytes of all arrays of a call, those of the functions within it too."""
        inner = 2 * self.shape.width
        if derivative:
            inner = max(inner, 2 * max(self.shape.width, self.shape.sizes[-1]) + n_rows_beside(self.shape))
        count = sum(self._buffers(derivative).values()) + inner
        return count * int(DTYPES[self.shape.real]().itemsize)

    def _function(self, template: str, name: str, derivative: bool) -> str:
        shape, P = self.shape, n_values(self.shape)
        buffers = ", ".join(f"{letter}[{size}]" for letter, size in self._buffers(derivative).items())
        code = "refused(x)" if self.plain else f"encode(x, u{self._slopes(derivative)})"
        member = ", member" if shape.many else ""
        declared = f"    real {buffers};\n    const int code = {code};\n    int k{member};\n"
        return filled(
            template, name=name, D=len(shape.plan.inputs), P=P, size=P * len(shape.plan.inputs),
            declared=declared, encode="    if (code) return code;\n",
            zeros=f"    for (k = 0; k < {P}; k++) y[k] = 0;\n", loop=self._loop(derivative),
            finish=finish_call(self.finish, derivative),
        )  # fmt: skip

    def _slopes(self, derivative: bool) -> str:
        if not self.shape.derivatives:
            return ""
        return ", s" if derivative and self._given("s") else ", 0"

    def _loop(self, derivative: bool) -> str:
        shape, K, first = self.shape, self.shape.sizes[-1], first_row(self.shape)
        member, u = ("member, " if shape.many else ""), ("x" if self.plain else "u")
        d = (", d" if derivative and self._given("d") else ", 0") if shape.slopes else ""
        value = "f[k] < LOW ? LOW : f[k] > HIGH ? HIGH : f[k]" if shape.plan.output.limits else "f[k]"
        lines = [
            f"forward({member}{u}{d}, f);",
            f"for (k = 0; k < {K}; k++) y[{f'{first} + k' if first else 'k'}] += {value};",
        ]
        if derivative:
            given = arguments(self.add)
            J = f"J + {first * len(shape.plan.inputs)}" if first else "J"
            lines.append(f"add_jacobian({member}{given}{', ' if given else ''}{J});")
        if not shape.many:
            return "".join(f"    {line}\n" for line in lines)
        inner = "".join(f"        {line}\n" for line in lines)
        return f"    for (member = 0; member < {len(shape.plan.networks)}; member++) {{\n{inner}    }}\n"


def main_code(shape: Shape, name: str) -> str:
    """Return a program for tests, behind a macro."""
    P, D = n_values(shape), len(shape.plan.inputs)
    print_j = f'    for (i = 0; i < {P * D} && !code; i++) printf(",%.${{digits}}g", (double)J[i]);\n'
    digits = 9 if shape.real == "float" else 17
    return filled(
        _MAIN, MACRO=f"{name.upper()}_MAIN", D=D, P=P, name=name, digits=digits,
        j=f", J[{P * D}]" if shape.derivatives else "", and_j=" and J" if shape.derivatives else "",
        function="jacobian" if shape.derivatives else "predict", argument=", J" if shape.derivatives else "",
        print_j=filled(print_j, digits=digits) if shape.derivatives else "",
    )  # fmt: skip
