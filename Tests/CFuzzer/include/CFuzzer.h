#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

typedef int (*fuzz_one)(const uint8_t *bytes, size_t count);

/// Runs libFuzzer when the program was linked with it.
/// - Returns: libFuzzer's exit code; -1 when it is not there.
int fuzz_run(int *argc, char ***argv, fuzz_one one);

/// Begins to count what is allocated on this thread.
void fuzz_count_begin(void);
/// The most bytes that were allocated at one time since `fuzz_count_begin`, on this thread.
size_t fuzz_count_end(void);

#endif
