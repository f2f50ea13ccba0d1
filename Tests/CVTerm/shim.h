#include <stdbool.h>
#include <string.h>
#include <vterm.h>

enum { CVTERM_NUMBERS_PER_CELL = VTERM_MAX_CHARS_PER_CELL + 1 };

/// A row of cells, each as its characters and whether it is reversed. A cell without a character holds a blank, the second half of a
/// wide one (uint32_t)-1 and nothing else: emulators differ in the attributes that they give to it.
static inline void cvterm_row(const VTermScreen *screen, int row, int columns, uint32_t *out) {
  for (int column = 0; column < columns; column++, out += CVTERM_NUMBERS_PER_CELL) {
    VTermScreenCell cell = {0};
    VTermPos place = {.row = row, .col = column};
    vterm_screen_get_cell(screen, place, &cell);
    memset(out, 0, CVTERM_NUMBERS_PER_CELL * sizeof *out);
    if (cell.chars[0] == (uint32_t)-1) {
      out[0] = cell.chars[0];
      continue;
    }
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++) out[i] = cell.chars[i];
    if (out[0] == 0) out[0] = ' ';
    out[CVTERM_NUMBERS_PER_CELL - 1] = cell.attrs.reverse;
  }
}
