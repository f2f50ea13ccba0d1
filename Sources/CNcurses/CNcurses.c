#include "CNcurses.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

static const char paste_on[] = "\033[?2004h";
static const char paste_off[] = "\033[?2004l";

static void say(const char *text) {
  fputs(text, stdout);
  fflush(stdout);
}

static struct termios before;
static char farewell[256];
static size_t farewell_length;
static volatile sig_atomic_t is_started;

static const int traps[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};

/// A trap leaves no time for ncurses, which is not safe in a signal handler: one write and one tcsetattr are.
static void after_trap(int number) {
  if (is_started) {
    ssize_t ignored = write(STDOUT_FILENO, farewell, farewell_length);
    (void)ignored;
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
  }
  signal(number, SIG_DFL);
  raise(number);
}

static void remember(const char *capability) {
  const char *text = tigetstr(capability);
  if (text == NULL || text == (char *)-1) return;
  size_t length = strlen(text);
  if (farewell_length + length > sizeof farewell) return;
  memcpy(farewell + farewell_length, text, length);
  farewell_length += length;
}

bool rdpt_start(void) {
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return false;
  if (tcgetattr(STDIN_FILENO, &before) != 0) return false;
  // Sizes are asked for by rdpt_resize when the signal source says so; ncurses must not install a handler of its own.
  signal(SIGWINCH, SIG_IGN);
  if (newterm(NULL, stdout, stdin) == NULL) return false;
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  if (getenv("ESCDELAY") == NULL) set_escdelay(40);
  define_key("\033[200~", RDPT_PASTE_START);
  define_key("\033[201~", RDPT_PASTE_END);
  say(paste_on);
  memcpy(farewell, paste_off, sizeof paste_off - 1);
  farewell_length = sizeof paste_off - 1;
  remember("sgr0");
  remember("cnorm");
  remember("rmkx");
  remember("rmcup");
  is_started = 1;
  for (size_t i = 0; i < sizeof traps / sizeof *traps; i++) {
    struct sigaction action = {.sa_handler = after_trap};
    sigaction(traps[i], &action, NULL);
  }
  return true;
}

void rdpt_stop(void) {
  if (!is_started) return;
  is_started = 0;
  curs_set(1);
  // Without a screen of its own to leave, the frame stays: what comes next begins on an empty line.
  const char *leave = tigetstr("rmcup");
  if (leave == NULL || leave == (char *)-1) {
    move(LINES - 1, 0);
    clrtoeol();
    refresh();
  }
  endwin();
  say(paste_off);
}

void rdpt_resume(void) {
  reset_prog_mode();
  say(paste_on);
  is_started = 1;
  rdpt_resize();
  clearok(curscr, TRUE);
}

int rdpt_read_key(uint32_t *key) {
  wint_t value = 0;
  int kind = get_wch(&value);
  *key = (uint32_t)value;
  return kind;
}

void rdpt_resize(void) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return;
  if (size.ws_row != LINES || size.ws_col != COLS) resizeterm(size.ws_row, size.ws_col);
}

int rdpt_columns(void) { return getmaxx(stdscr); }
int rdpt_rows(void) { return getmaxy(stdscr); }

void rdpt_write(int row, int column, const uint32_t *characters, int count, uint32_t attributes) {
  if (move(row, column) == ERR) return;
  attrset((attr_t)attributes);
  addnwstr((const wchar_t *)characters, count);
  attrset(A_NORMAL);
}

void rdpt_clear_row(int row, int column) {
  if (move(row, column) == ERR) return;
  clrtoeol();
}

void rdpt_show(int row, int column) {
  if (row >= 0) move(row, column);
  curs_set(row >= 0 ? 1 : 0);
  refresh();
}

void rdpt_redraw_all(void) { clearok(curscr, TRUE); }

static bool has_default_colours;

int rdpt_start_colours(void) {
  if (!has_colors() || start_color() == ERR) return 0;
  has_default_colours = use_default_colors() == OK;
  return COLORS;
}

uint32_t rdpt_colours(int pair, int foreground, int background) {
  if (pair < 1 || pair >= COLOR_PAIRS || pair > 255) return 0;
  if (foreground < 0 && !has_default_colours) foreground = COLOR_WHITE;
  if (background < 0 && !has_default_colours) background = COLOR_BLACK;
  if (init_pair((short)pair, (short)foreground, (short)background) == ERR) return 0;
  return (uint32_t)COLOR_PAIR(pair);
}

void rdpt_set_background(uint32_t attributes) { bkgdset(' ' | (chtype)attributes); }

uint32_t rdpt_bold(void) { return (uint32_t)A_BOLD; }
uint32_t rdpt_dim(void) { return (uint32_t)A_DIM; }
uint32_t rdpt_reverse(void) { return (uint32_t)A_REVERSE; }
uint32_t rdpt_underline(void) { return (uint32_t)A_UNDERLINE; }

bool rdpt_know_terminal(const char *name, int *found) {
  // Without a place for the result setupterm(3) would end the program.
  return setupterm(name, STDOUT_FILENO, found) == OK;
}

bool rdpt_has_capability(const char *name) {
  const char *text = tigetstr(name);
  return text != NULL && text != (char *)-1;
}

int rdpt_known_colours(void) { return tigetnum("colors"); }

bool rdpt_window_size(int *width, int *height) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return false;
  *width = size.ws_col;
  *height = size.ws_row;
  return true;
}

bool rdpt_has_locale(void) { return setlocale(LC_ALL, "") != NULL; }

bool rdpt_use_locale(void) {
  if (setlocale(LC_ALL, "") == NULL) setlocale(LC_ALL, "C");
  return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void rdpt_send(const uint8_t *bytes, size_t count) {
  fwrite(bytes, 1, count, stdout);
  fflush(stdout);
}
