#pragma once

#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Macros and globals of ncurses as functions: Swift imports neither.

/// Takes the terminal of standard input and output over. False when TERM is unknown or the streams are no terminal.
bool rdpt_start(void);

/// Reads the description of a kind of terminal, without touching the terminal. False when there is none; `found` is then
/// negative where there are no descriptions at all.
bool rdpt_know_terminal(const char *name, int *found);

/// Of the terminal that was read last: whether it has a capability of that terminfo name, and how many colours.
bool rdpt_has_capability(const char *name);
int rdpt_known_colours(void);

/// The size of the terminal on standard output. False when it is none, or does not say.
bool rdpt_window_size(int *columns, int *rows);

/// Whether this host has the locale that the environment names.
bool rdpt_has_locale(void);

/// Gives the terminal back. May be called again.
void rdpt_stop(void);

/// Takes the terminal back after rdpt_stop, as after a suspension. The whole screen is drawn anew.
void rdpt_resume(void);

// Function keys of our own: the ends of a bracketed paste.
enum { RDPT_PASTE_START = KEY_MAX + 1, RDPT_PASTE_END = KEY_MAX + 2 };

/// One key without waiting: OK for a character, KEY_CODE_YES for a function key, ERR for none.
int rdpt_read_key(uint32_t *key);

/// Reads the size that the terminal has now, and tells ncurses.
void rdpt_resize(void);

int rdpt_columns(void);
int rdpt_rows(void);

/// Writes `count` characters (UTF-32) from a column of a row on. Cells beyond the edge are dropped.
void rdpt_write(int row, int column, const uint32_t *characters, int count, uint32_t attributes);

/// Blanks a row from a column on.
void rdpt_clear_row(int row, int column);

/// Shows what was written, with the cursor at a place, or hidden when `row` is negative.
void rdpt_show(int row, int column);

/// Forgets what the terminal shows, so that the next rdpt_show draws every cell.
void rdpt_redraw_all(void);

/// Number of colours, 0 for a monochrome terminal. Called once after rdpt_start, and before any colour is asked for.
int rdpt_start_colours(void);

/// Attributes of two colours (COLOR_RED …, or up to the terminal's number); -1 is the terminal's own. Pairs are numbered from 1 to 255;
/// 0 when the terminal has no such pair.
uint32_t rdpt_colours(int pair, int foreground, int background);

/// Attributes of the cells that hold nothing.
void rdpt_set_background(uint32_t attributes);

uint32_t rdpt_bold(void);
uint32_t rdpt_dim(void);
uint32_t rdpt_reverse(void);
uint32_t rdpt_underline(void);

/// True when the locale of the environment writes UTF-8. Sets the locale.
bool rdpt_use_locale(void);

/// Sends bytes to the terminal past ncurses, between two frames; they must not move the cursor.
void rdpt_send(const uint8_t *bytes, size_t count);
