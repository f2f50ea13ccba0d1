#define _GNU_SOURCE
#include "CTestSupport.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <unistd.h>
#include <utmp.h>

pid_t spawn_on_terminal(char *const argv[], char *const envp[], int columns, int rows, int *controller, int *line) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  if (openpty(controller, line, NULL, NULL, &size) != 0) return -errno;
  fcntl(*controller, F_SETFD, FD_CLOEXEC);
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int own = *line;
    if (own > 2) fcntl(own, F_SETFD, FD_CLOEXEC);
    login_tty(dup(own));
    execve(argv[0], argv, envp);
    _exit(127);
  }
  fcntl(*line, F_SETFD, FD_CLOEXEC);
  return child;
}
