/* Runs a fuzz target over every file of its corpus folder, as a normal test; a target with a
 * mutator of its own also over MUTANTS seeded mutants of each file. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                                                     unsigned int seed);

enum { MUTANTS = 40, ROOM = 1 << 20 };

/* Stands in for libFuzzer's: a few bytes change, always in the same way. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    (void)max_size;
    for (size_t i = 0; i < 3 && size > 0; i++)
        data[(size * (2 * i + 1) / 7) % size] ^= (uint8_t)(0x11 * (size % 15 + 1));
    return size;
}

static void run_exactly(const uint8_t *data, size_t size)
{
    /* An exact copy, so that the sanitizer sees a read behind the end. */
    uint8_t *exact = malloc(size == 0 ? 1 : size);
    if (exact == NULL)
        abort();
    memcpy(exact, data, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

/* Each mutant is made from the one before, so that changes add up. */
static void run_mutants(const uint8_t *data, size_t size)
{
    uint8_t *mutant = malloc(ROOM);
    if (mutant == NULL)
        abort();
    size = size < ROOM ? size : ROOM;
    memcpy(mutant, data, size);
    for (unsigned seed = 1; seed <= MUTANTS; seed++) {
        size = LLVMFuzzerCustomMutator(mutant, size, ROOM, seed);
        run_exactly(mutant, size);
    }
    free(mutant);
}

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    uint8_t *data = NULL;
    size_t size = 0;
    size_t got = 0;
    do {
        uint8_t *more = realloc(data, size + 65536);
        if (more == NULL)
            abort();
        data = more;
        got = fread(data + size, 1, 65536, file);
        size += got;
    } while (got > 0);
    (void)fclose(file);
    run_exactly(data, size);
    if (LLVMFuzzerCustomMutator != NULL)
        run_mutants(data, size);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    DIR *folder = opendir(argv[1]);
    if (folder == NULL) {
        perror(argv[1]);
        return 1;
    }
    size_t seeds = 0;
    int failed = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
        failed |= replay(path);
        seeds++;
    }
    (void)closedir(folder);
    (void)printf("%zu seeds replayed\n", seeds);
    return failed != 0 || seeds == 0;
}
