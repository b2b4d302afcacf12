/* The command: subcommands in one table, one file each. Uses the public API only. */
#ifndef TELLTALE_CLI_H
#define TELLTALE_CLI_H

#include <getopt.h>

#include <telltale/telltale.h>

/* Exit statuses of the contract. */
enum cli_exit { EXIT_HOLDS = 0, EXIT_VIOLATED = 1, EXIT_FAILED = 2, EXIT_UNDECIDED = 3 };

struct cli_command {
    const char *name;
    const char *arguments; /* behind the name, for the usage line */
    const char *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the name of the subcommand */
};

extern const struct cli_command cli_test;
extern const struct cli_command cli_messages;
extern const struct cli_command cli_subject;
extern const struct cli_command cli_policy;
extern const struct cli_command cli_report;
extern const struct cli_command cli_compare;
extern const struct cli_command cli_verify;
extern const struct cli_command cli_list;

/* One line on standard error: "telltale: ...". Returns EXIT_FAILED. */
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a wrong call, with the usage line of the command behind it. */
int cli_usage(const struct cli_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The next option of `options`: its value, -1 at the end, '?' after it has said what is wrong (also
 * of an empty argument). `--help` prints the usage and gives 'h'. Options may stand between the
 * arguments. */
int cli_next_option(const struct cli_command *command, int argc, char **argv,
                    const struct option *options);

/* A size as it is given to an option of `command`: a number of bytes, or of K, M, G, T of 1024
 * each. False after a message. */
bool cli_parse_size(const struct cli_command *command, const char *text, uint64_t *ret_bytes);

/* Where a report goes: a file, or standard output. */
struct cli_file {
    const char *path; /* for messages */
    void *stream;     /* FILE * */
};

/* `path` NULL or "-": standard output. False after a message. */
bool cli_file_open(struct cli_file *file, const char *path);
/* False after a message: what was written is not all there. */
bool cli_file_close(struct cli_file *file);
/* A tt_write_fn; the context is the cli_file. */
enum tt_err cli_file_write(void *context, const char *text, size_t len);

/* False after a message when both names are of one regular file: writing `output` would destroy
 * `input`. NULL names nothing. */
bool cli_file_spares(const char *output, const char *input);

/* An output onto the file; with colours and the terminal's width when it is one. */
struct tt_output cli_output(struct cli_file *file);

/* Captures as given, folders replaced by the captures in them (sorted by name), and the sheet and
 * timeline that stand beside them. */
struct cli_inputs {
    const char **captures;
    size_t count;
    char *subject;  /* found beside the captures, or NULL */
    char *timeline; /* found beside the captures, or NULL */
    char **owned;   /* paths made here */
    size_t owned_count;
};

/* False after a message. */
bool cli_inputs_make(struct cli_inputs *inputs, char **paths, size_t count);
void cli_inputs_free(struct cli_inputs *inputs);

/* Progress on standard error when it is a terminal, and Ctrl-C as a wish to stop: for
 * tt_test_config. */
struct cli_progress {
    bool quiet; /* no warnings */
    bool still; /* no progress: quiet, or no terminal */
    bool shown;
};
void cli_progress_begin(struct cli_progress *progress, bool quiet);
bool cli_progress_step(void *context, const struct tt_progress *progress);
/* A warning, unless it is to be quiet: for tt_test_config. */
void cli_progress_warn(void *context, const char *text);
/* Clears the progress line, and says so when Ctrl-C ended the reading. */
void cli_progress_end(struct cli_progress *progress);

#endif
