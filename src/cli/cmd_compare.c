#include "cli.h"

static const struct option option_table[] = {
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* For --quiet: the exit status says it. */
static enum tt_err write_nothing(void *context, const char *text, size_t len)
{
    (void)context;
    (void)text;
    (void)len;
    return TT_OK;
}

static int status_of(enum tt_outcome outcome)
{
    switch (outcome) {
    case TT_OUTCOME_HOLDS:
        return EXIT_HOLDS;
    case TT_OUTCOME_VIOLATED:
        return EXIT_VIOLATED;
    case TT_OUTCOME_UNDECIDED:
        break;
    }
    return EXIT_UNDECIDED;
}

static int write_comparison(struct tt_case *before, struct tt_case *after, const char *format,
                            const char *path, bool quiet)
{
    struct tt_error error = {0};
    struct cli_file file;
    enum tt_outcome outcome = TT_OUTCOME_UNDECIDED;
    if (!cli_file_open(&file, path))
        return EXIT_FAILED;
    struct tt_output output = cli_output(&file);
    if (quiet && path == NULL)
        output.write = write_nothing;
    enum tt_err err = tt_compare(before, after, format, &output, &outcome, &error);
    bool closed = cli_file_close(&file);
    if (err != TT_OK && closed)
        (void)cli_fail("%s", error.text);
    return err == TT_OK && closed ? status_of(outcome) : EXIT_FAILED;
}

static int compare(const char *const paths[2], const char *format, const char *path, bool quiet)
{
    struct tt_case *cases[2] = {NULL, NULL};
    struct tt_error error = {0};
    int status = EXIT_FAILED;
    enum tt_err err = tt_case_load(paths[0], &cases[0], &error);
    if (err == TT_OK)
        err = tt_case_load(paths[1], &cases[1], &error);
    if (err == TT_OK)
        status = write_comparison(cases[0], cases[1], format, path, quiet);
    else
        (void)cli_fail("%s", error.text);
    tt_case_close(cases[0]);
    tt_case_close(cases[1]);
    return status;
}

static int run(int argc, char **argv)
{
    const char *format = "text";
    const char *path = NULL;
    bool quiet = false;
    int option = 0;
    while ((option = cli_next_option(&cli_compare, argc, argv, option_table)) != -1) {
        switch (option) {
        case 'f':
            format = optarg;
            break;
        case 'o':
            path = optarg;
            break;
        case 'q':
            quiet = true;
            break;
        case 'h':
            return 0;
        default:
            return EXIT_FAILED;
        }
    }
    if (optind + 2 != argc)
        return cli_usage(&cli_compare, "compare: two case files are needed, the earlier one first");
    const char *const paths[] = {argv[optind], argv[optind + 1]};
    if (!cli_file_spares(path, paths[0]) || !cli_file_spares(path, paths[1]))
        return EXIT_FAILED;
    return compare(paths, format, path, quiet);
}

const struct cli_command cli_compare = {
    .name = "compare",
    .arguments = "BEFORE AFTER [-f text|json] [-o FILE] [--quiet]",
    .summary = "hold two tests of a device against each other",
    .run = run,
};
