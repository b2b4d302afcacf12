#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* How much of the first `len` characters of `name` is left without one of the endings (a list that
 * NULL ends); `len` when it has none. */
static size_t without(const char *name, size_t len, const char *const *endings)
{
    for (; *endings != NULL; endings++) {
        size_t tail = strlen(*endings);
        if (len > tail && memcmp(name + len - tail, *endings, tail) == 0)
            return len - tail;
    }
    return len;
}

static int is_capture(const struct dirent *entry)
{
    static const char *const captures[] = {".pcap",  ".pcapng",  ".cap", ".ntar",
                                           ".snoop", ".btsnoop", ".har", NULL};
    static const char *const wrappings[] = {".gz", ".zst", ".xz", ".lz4", NULL};
    const char *name = entry->d_name;
    size_t len = without(name, strlen(name), wrappings);
    /* Rotated captures have a number behind: capture.pcap1. */
    while (len > 0 && name[len - 1] >= '0' && name[len - 1] <= '9')
        len--;
    return without(name, len, captures) < len;
}

static char *join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL)
        (void)snprintf(path, size, "%s/%s", folder, name);
    return path;
}

/* The path when such a file stands in the folder, else NULL. */
static char *beside(const char *folder, const char *name)
{
    char *path = join(folder, name);
    struct stat status;
    if (path != NULL && stat(path, &status) == 0 && S_ISREG(status.st_mode))
        return path;
    free(path);
    return NULL;
}

static bool add(struct cli_inputs *inputs, const char *path, char *owned)
{
    const char **captures =
        realloc(inputs->captures, (inputs->count + 1) * sizeof(*inputs->captures));
    if (captures == NULL)
        return false;
    inputs->captures = captures;
    if (owned != NULL) {
        char **all = realloc(inputs->owned, (inputs->owned_count + 1) * sizeof(*inputs->owned));
        if (all == NULL)
            return false;
        inputs->owned = all;
        inputs->owned[inputs->owned_count++] = owned;
    }
    inputs->captures[inputs->count++] = path;
    return true;
}

static bool add_folder(struct cli_inputs *inputs, const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_capture, alphasort);
    if (count < 0) {
        (void)cli_fail("cannot read the folder %s: %s", folder, strerror(errno));
        return false;
    }
    bool ok = count > 0;
    if (!ok)
        (void)cli_fail("no capture in the folder %s: expected *.pcap, *.pcapng or *.cap", folder);
    for (int i = 0; i < count; i++) {
        char *path = ok ? join(folder, entries[i]->d_name) : NULL;
        if (ok && (path == NULL || !add(inputs, path, path))) {
            free(path);
            (void)cli_fail("no memory");
            ok = false;
        }
        free(entries[i]);
    }
    free(entries);
    if (inputs->subject == NULL)
        inputs->subject = beside(folder, "subject.yaml");
    if (inputs->timeline == NULL)
        inputs->timeline = beside(folder, "timeline.yaml");
    return ok;
}

bool cli_inputs_make(struct cli_inputs *inputs, char **paths, size_t count)
{
    *inputs = (struct cli_inputs){0};
    size_t pipes = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        pipes += strcmp(paths[i], "-") == 0;
        if (paths[i][0] == '\0' || pipes > 1) {
            (void)cli_fail(pipes > 1 ? "standard input (-) can be read only once"
                                     : "the name of a capture is empty");
            return false;
        }
        bool folder =
            strcmp(paths[i], "-") != 0 && stat(paths[i], &status) == 0 && S_ISDIR(status.st_mode);
        bool ok = folder ? add_folder(inputs, paths[i]) : add(inputs, paths[i], NULL);
        if (!ok)
            return false;
    }
    return true;
}

void cli_inputs_free(struct cli_inputs *inputs)
{
    for (size_t i = 0; i < inputs->owned_count; i++)
        free(inputs->owned[i]);
    free(inputs->owned);
    free(inputs->captures);
    free(inputs->subject);
    free(inputs->timeline);
    *inputs = (struct cli_inputs){0};
}
