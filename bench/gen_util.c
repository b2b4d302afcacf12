#include "gen_util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void gen_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("bench generator: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(2);
}

void *gen_resize(void *memory, size_t size)
{
    void *resized = realloc(memory, size);
    if (resized == NULL)
        gen_die("no memory for %zu bytes", size);
    return resized;
}

/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): a
 * counter and a mixer, so filling megabytes has no chain from one word to the next. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static const uint64_t GAMMA = UINT64_C(0x9e3779b97f4a7c15);

uint64_t gen_rng_next(struct gen_rng *rng)
{
    rng->state += GAMMA;
    return mix(rng->state);
}

uint32_t gen_rng_below(struct gen_rng *rng, uint32_t n)
{
    return (uint32_t)(((gen_rng_next(rng) >> 32) * n) >> 32);
}

uint32_t gen_rng_between(struct gen_rng *rng, uint32_t least, uint32_t most)
{
    return least + gen_rng_below(rng, most - least + 1);
}

bool gen_rng_permille(struct gen_rng *rng, uint32_t n)
{
    return gen_rng_below(rng, 1000) < n;
}

void gen_rng_fill(struct gen_rng *rng, uint8_t *bytes, size_t len)
{
    size_t at = 0;
    for (; len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word = gen_rng_next(rng);
        memcpy(bytes + at, &word, sizeof(word));
    }
    uint64_t word = gen_rng_next(rng);
    memcpy(bytes + at, &word, len - at);
}

static void reserve(struct gen_text *text, size_t more)
{
    if (more <= text->cap - text->len)
        return;
    size_t cap = text->cap < 256 ? 256 : text->cap;
    while (cap - text->len < more)
        cap *= 2;
    text->data = gen_resize(text->data, cap);
    text->cap = cap;
}

void gen_text_put(struct gen_text *text, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    reserve(text, len);
    memcpy(text->data + text->len, bytes, len);
    text->len += len;
}

void gen_text_str(struct gen_text *text, const char *string)
{
    gen_text_put(text, string, strlen(string));
}

void gen_text_printf(struct gen_text *text, const char *format, ...)
{
    for (size_t room = 256;; room *= 4) {
        reserve(text, room);
        va_list args;
        va_start(args, format);
        int n = vsnprintf((char *)text->data + text->len, room, format, args);
        va_end(args);
        if (n < 0)
            gen_die("cannot write a text");
        if ((size_t)n < room) {
            text->len += (size_t)n;
            return;
        }
    }
}

void gen_text_free(struct gen_text *text)
{
    free(text->data);
    *text = (struct gen_text){0};
}

void gen_text_hex(struct gen_text *text, struct gen_rng *rng, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    reserve(text, count);
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++) {
        if (i % 16 == 0)
            word = gen_rng_next(rng);
        text->data[text->len++] = (uint8_t)digits[word & 15];
        word >>= 4;
    }
}

uint64_t gen_number(const char *text)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (end == text || errno != 0 || end[shift == 0 ? 0 : 1] != '\0' || value > UINT64_MAX >> shift)
        gen_die("\"%s\" is no number (K, M or G may stand behind it)", text);
    return (uint64_t)value << shift;
}

FILE *gen_create(const char *path)
{
    FILE *file = path == NULL ? NULL : fopen(path, "w");
    if (path != NULL && file == NULL)
        gen_die("cannot write %s: %s", path, strerror(errno));
    return file;
}

void gen_finish(FILE *file, const char *path)
{
    if (file == NULL)
        return;
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed)
        gen_die("cannot write %s: %s", path, strerror(errno));
}
