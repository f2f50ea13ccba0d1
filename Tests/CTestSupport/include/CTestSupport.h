#pragma once
#include <sys/types.h>

/// Starts a program on a new terminal, as the leader of a session of its own, with default signals.
/// Returns the process id, or a negative errno. `controller` and `line` are both sides of the terminal, open in this process.
pid_t spawn_on_terminal(char *const argv[], char *const envp[], int columns, int rows, int *controller, int *line);

/// Makes a network interface in the namespace at this path, where the calling thread then is, and brings it up. IP packets that go out
/// there are read from the descriptor, and what is written to it comes in.
/// Returns the descriptor, or a negative errno.
int open_interface(const char *namespace_path, const char *name);
