#define _DEFAULT_SOURCE   /* mkstemps */
#define _XOPEN_SOURCE 700 /* realpath */
#include "store/target.h"

#include "store/header.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file name may have 255 bytes; the temporary one adds 12. */
enum { NAME_KEPT_MAX = 200 };

static enum tt_err no_memory(struct tt_error *error)
{
    return tt_error_set(error, TT_ERR_MEMORY, "no memory for the case file");
}

/* Follows a link at the place itself, so that the file it points to is replaced, not the link. */
static char *follow(const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
        char *real = realpath(path, NULL);
        if (real != NULL)
            return real;
    }
    return strdup(path);
}

/* Only what is empty or a case itself may be replaced: a capture that is named by mistake is
 * somebody's evidence. */
static bool may_be_replaced(const char *place)
{
    uint8_t header[TT_CASE_HEADER_LEN];
    int fd = open(place, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    struct tt_case_header found;
    ssize_t got = read(fd, header, sizeof(header));
    (void)close(fd);
    return got == 0 || (got > 0 && tt_case_header_read(tt_span_of(header, (size_t)got), &found));
}

/* What stands at the place already must be a file that may be replaced. */
static enum tt_err check_place(const char *path, const char *place, struct tt_error *error)
{
    struct stat st;
    if (stat(place, &st) != 0)
        return TT_OK;
    if (S_ISDIR(st.st_mode))
        return tt_error_set(error, TT_ERR_IO, "cannot write the case file %s: it is a folder",
                            path);
    if (!S_ISREG(st.st_mode))
        return tt_error_set(error, TT_ERR_IO,
                            "cannot write the case file %s: it is not a regular file", path);
    if (access(place, W_OK) != 0)
        return tt_error_errno(error, errno, "cannot write the case file %s", path);
    if (!may_be_replaced(place))
        return tt_error_set(error, TT_ERR_IO,
                            "cannot write the case file %s: there is a file that is no case; "
                            "remove it or choose another name",
                            path);
    return TT_OK;
}

/* "folder/name" or "name": the folder as an absolute path, yours to free. */
static enum tt_err find_folder(const char *path, const char *place, char **ret_folder,
                               struct tt_error *error)
{
    const char *slash = strrchr(place, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(place, (size_t)(slash - place) + 1);
    if (folder == NULL)
        return no_memory(error);
    char *real = realpath(folder, NULL);
    enum tt_err err = TT_OK;
    if (real == NULL && errno == ENOENT)
        err = tt_error_set(error, TT_ERR_IO, "cannot write the case file %s: there is no folder %s",
                           path, folder);
    else if (real == NULL)
        err = tt_error_errno(error, errno, "cannot write the case file %s", path);
    free(folder);
    if (err == TT_OK)
        *ret_folder = real;
    return err;
}

/* folder "/" before name after, with at most `len` bytes of the name. */
static char *join(const char *folder, const char *before, const char *name, size_t len,
                  const char *after)
{
    const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
    size_t room = strlen(folder) + strlen(before) + len + strlen(after) + 2;
    char *text = malloc(room);
    if (text != NULL)
        (void)snprintf(text, room, "%s%s%s%.*s%s", folder, slash, before, (int)len, name, after);
    return text;
}

static enum tt_err make_temp(const char *path, char *temp, struct tt_error *error)
{
    int fd = mkstemps(temp, (int)strlen(".tmp"));
    if (fd < 0)
        return tt_error_errno(error, errno, "cannot write the case file %s", path);
    (void)close(fd);
    return TT_OK;
}

enum tt_err tt_target_make(const char *path, char **ret_target, char **ret_temp,
                           struct tt_error *error)
{
    char *folder = NULL;
    char *target = NULL;
    char *temp = NULL;
    enum tt_err err = TT_OK;
    char *place = follow(path);
    if (place == NULL) {
        err = no_memory(error);
        goto out;
    }
    const char *slash = strrchr(place, '/');
    const char *name = slash == NULL ? place : slash + 1;
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        err =
            tt_error_set(error, TT_ERR_IO, "cannot write the case file %s: it names no file", path);
        goto out;
    }
    err = check_place(path, place, error);
    if (err != TT_OK)
        goto out;
    err = find_folder(path, place, &folder, error);
    if (err != TT_OK)
        goto out;
    size_t len = strlen(name);
    target = join(folder, "", name, len, "");
    temp = join(folder, ".", name, len > NAME_KEPT_MAX ? NAME_KEPT_MAX : len, ".XXXXXX.tmp");
    if (target == NULL || temp == NULL) {
        err = no_memory(error);
        goto out;
    }
    err = make_temp(path, temp, error);
    if (err != TT_OK)
        goto out;
    *ret_target = target;
    *ret_temp = temp;
    target = NULL;
    temp = NULL;
out:
    free(place);
    free(folder);
    free(target);
    free(temp);
    return err;
}

/* fsync by name. Some file systems cannot sync a folder: that is EINVAL, and fine. */
static int sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int failed = fsync(fd) != 0 && errno != EINVAL ? errno : 0;
    (void)close(fd);
    errno = failed;
    return failed == 0 ? 0 : -1;
}

enum tt_err tt_target_move(const char *path, const char *temp, const char *target,
                           struct tt_error *error)
{
    if (sync_path(temp, O_RDONLY) != 0 || rename(temp, target) != 0)
        return tt_error_errno(error, errno, "cannot write the case file %s", path);
    const char *slash = strrchr(target, '/');
    char *folder = strndup(target, (size_t)(slash - target) + 1);
    if (folder == NULL)
        return no_memory(error);
    enum tt_err err = TT_OK;
    if (sync_path(folder, O_RDONLY | O_DIRECTORY) != 0)
        err = tt_error_errno(error, errno, "cannot write the case file %s", path);
    free(folder);
    return err;
}
