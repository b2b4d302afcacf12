/* What the generator needs everywhere: a seeded source of chance, growing byte strings, and a way
 * to stop. It shares no code with telltale, so that a mistake cannot hide on both sides. */
#ifndef BENCH_GEN_UTIL_H
#define BENCH_GEN_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define GEN_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#define GEN_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Prints one line to standard error and exits with status 2. */
_Noreturn void gen_die(const char *format, ...) GEN_PRINTF(1, 2);

/* Never returns NULL. */
void *gen_resize(void *memory, size_t size);

/* A source of chance. The same seed gives the same numbers on every machine. */
struct gen_rng {
    uint64_t state;
};

uint64_t gen_rng_next(struct gen_rng *rng);

/* 0 to n - 1; `n` is not 0. */
uint32_t gen_rng_below(struct gen_rng *rng, uint32_t n);

/* least to most, both included. */
uint32_t gen_rng_between(struct gen_rng *rng, uint32_t least, uint32_t most);

/* True `n` times in 1000. */
bool gen_rng_permille(struct gen_rng *rng, uint32_t n);

void gen_rng_fill(struct gen_rng *rng, uint8_t *bytes, size_t len);

/* Bytes that grow. Zero-initialised is empty. */
struct gen_text {
    uint8_t *data;
    size_t len;
    size_t cap;
};

void gen_text_put(struct gen_text *text, const void *bytes, size_t len);
void gen_text_str(struct gen_text *text, const char *string);
void gen_text_printf(struct gen_text *text, const char *format, ...) GEN_PRINTF(2, 3);
void gen_text_free(struct gen_text *text);

/* `count` random hexadecimal digits. */
void gen_text_hex(struct gen_text *text, struct gen_rng *rng, size_t count);

/* "256M": a number, with K, M or G for powers of 1024. Stops where it is none. */
uint64_t gen_number(const char *text);

/* A file to write text to; NULL for no path. Stops where it cannot be made. */
FILE *gen_create(const char *path);

/* Closes it; stops where not all could be written. Takes NULL. */
void gen_finish(FILE *file, const char *path);

#endif
