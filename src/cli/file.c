#define _DEFAULT_SOURCE /* struct winsize */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

bool cli_file_open(struct cli_file *file, const char *path)
{
    if (path == NULL || strcmp(path, "-") == 0) {
        *file = (struct cli_file){.path = "standard output", .stream = stdout};
        return true;
    }
    FILE *stream = fopen(path, "we");
    if (stream == NULL) {
        (void)cli_fail("cannot write %s: %s", path, strerror(errno));
        return false;
    }
    *file = (struct cli_file){.path = path, .stream = stream};
    return true;
}

enum tt_err cli_file_write(void *context, const char *text, size_t len)
{
    const struct cli_file *file = context;
    return fwrite(text, 1, len, file->stream) == len ? TT_OK : TT_ERR_IO;
}

bool cli_file_close(struct cli_file *file)
{
    FILE *stream = file->stream;
    bool failed = fflush(stream) != 0 || ferror(stream) != 0;
    int cause = errno;
    if (stream != stdout && fclose(stream) != 0 && !failed) {
        failed = true;
        cause = errno;
    }
    if (failed)
        (void)cli_fail("cannot write %s: %s", file->path, strerror(cause));
    return !failed;
}

bool cli_file_spares(const char *output, const char *input)
{
    struct stat out;
    struct stat in;
    if (output == NULL || input == NULL)
        return true;
    if (strcmp(output, input) != 0 || strcmp(output, "-") == 0) {
        if (stat(output, &out) != 0 || stat(input, &in) != 0 || !S_ISREG(out.st_mode) ||
            out.st_dev != in.st_dev || out.st_ino != in.st_ino)
            return true;
    }
    (void)cli_fail("%s would be overwritten while it is needed: choose another name", output);
    return false;
}

struct tt_output cli_output(struct cli_file *file)
{
    struct tt_output output = {.write = cli_file_write, .context = file, .width = 80};
    int descriptor = fileno((FILE *)file->stream);
    if (isatty(descriptor) != 1)
        return output;
    const char *no_colour = getenv("NO_COLOR");
    output.colour = no_colour == NULL || no_colour[0] == '\0';
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 60)
        output.width = size.ws_col < 120 ? size.ws_col : 120;
    return output;
}
