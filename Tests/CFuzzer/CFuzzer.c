#include "CFuzzer.h"

#include <malloc.h>

__attribute__((weak)) int LLVMFuzzerRunDriver(int *argc, char ***argv, fuzz_one one);

int fuzz_run(int *argc, char ***argv, fuzz_one one) {
  return LLVMFuzzerRunDriver ? LLVMFuzzerRunDriver(argc, argv, one) : -1;
}

// glibc lets a program put its own malloc in front and keeps its own under these names.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static __thread int counting;
static __thread ptrdiff_t live, most;

static void *took(void *block) {
  if (counting && block) {
    live += (ptrdiff_t)malloc_usable_size(block);
    if (live > most) most = live;
  }
  return block;
}

static void gave(void *block) {
  if (counting && block) live -= (ptrdiff_t)malloc_usable_size(block);
}

void *malloc(size_t size) { return took(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return took(__libc_calloc(count, size)); }
void *memalign(size_t alignment, size_t size) { return took(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return took(__libc_memalign(alignment, size)); }
int posix_memalign(void **block, size_t alignment, size_t size) {
  *block = took(__libc_memalign(alignment, size));
  return *block ? 0 : 12;
}
void *realloc(void *block, size_t size) {
  gave(block);
  return took(__libc_realloc(block, size));
}
void free(void *block) {
  gave(block);
  __libc_free(block);
}

void fuzz_count_begin(void) {
  live = most = 0;
  counting = 1;
}

size_t fuzz_count_end(void) {
  counting = 0;
  return most > 0 ? (size_t)most : 0;
}
