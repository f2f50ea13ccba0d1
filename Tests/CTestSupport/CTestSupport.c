#define _GNU_SOURCE
#include "CTestSupport.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
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

int open_interface(const char *namespace_path, const char *name) {
  int place = open(namespace_path, O_RDONLY | O_CLOEXEC);
  if (place < 0) return -errno;
  int failure = setns(place, CLONE_NEWNET) == 0 ? 0 : errno;
  close(place);
  if (failure) return -failure;
  int end = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (end < 0 || control < 0 || ioctl(end, TUNSETIFF, &request) != 0) failure = errno;
  request.ifr_flags = IFF_UP;
  if (!failure && ioctl(control, SIOCSIFFLAGS, &request) != 0) failure = errno;
  if (control >= 0) close(control);
  if (failure && end >= 0) close(end);
  return failure ? -failure : end;
}
