#include "cli.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_SUBJECT = 256, OPTION_REVEAL, OPTION_COMPARE };

static const struct option option_table[] = {
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"subject", required_argument, NULL, OPTION_SUBJECT},
    {"reveal", no_argument, NULL, OPTION_REVEAL},
    {"compare", required_argument, NULL, OPTION_COMPARE},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct report_options {
    const char *format;
    const char *path;
    const char *subject;
    const char *before;
    bool reveal;
};

static int write_report(struct tt_case *c, struct tt_case *before,
                        const struct report_options *options)
{
    struct tt_error error = {0};
    struct cli_file file;
    if (!cli_file_open(&file, options->path))
        return EXIT_FAILED;
    struct tt_output output = cli_output(&file);
    output.reveal = options->reveal ? options->subject : NULL;
    output.before = before;
    enum tt_err err = tt_report(c, options->format, &output, &error);
    bool closed = cli_file_close(&file);
    if (err != TT_OK && closed)
        (void)cli_fail("%s", error.text);
    return err == TT_OK && closed ? EXIT_HOLDS : EXIT_FAILED;
}

static int report(const char *case_path, const struct report_options *options)
{
    struct tt_case *c = NULL;
    struct tt_case *before = NULL;
    struct tt_error error = {0};
    int status = EXIT_FAILED;
    enum tt_err err = tt_case_load(case_path, &c, &error);
    if (err == TT_OK && options->before != NULL)
        err = tt_case_load(options->before, &before, &error);
    if (err == TT_OK)
        status = write_report(c, before, options);
    else
        (void)cli_fail("%s", error.text);
    tt_case_close(before);
    tt_case_close(c);
    return status;
}

/* -1: go on; else the exit status. */
static int parse(struct report_options *options, int argc, char **argv)
{
    int option = 0;
    while ((option = cli_next_option(&cli_report, argc, argv, option_table)) != -1) {
        switch (option) {
        case 'f':
            options->format = optarg;
            break;
        case 'o':
            options->path = optarg;
            break;
        case OPTION_SUBJECT:
            options->subject = optarg;
            break;
        case OPTION_REVEAL:
            options->reveal = true;
            break;
        case OPTION_COMPARE:
            options->before = optarg;
            break;
        case 'h':
            return 0;
        default:
            return EXIT_FAILED;
        }
    }
    return -1;
}

static int run(int argc, char **argv)
{
    struct report_options options = {.format = "text"};
    int status = parse(&options, argc, argv);
    if (status != -1)
        return status;
    if (optind + 1 != argc)
        return cli_usage(&cli_report, "report: one case file is needed");
    if (options.reveal && options.subject == NULL)
        return cli_usage(&cli_report,
                         "report: --reveal needs the sheet of the test (--subject SHEET): "
                         "a case file holds no values");
    if (options.before != NULL && strcmp(options.format, "advisory") != 0)
        return cli_usage(&cli_report, "report: --compare is for -f advisory; `telltale compare "
                                      "BEFORE AFTER` holds two tests against each other");
    const char *const inputs[] = {argv[optind], options.subject, options.before};
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
        if (!cli_file_spares(options.path, inputs[i]))
            return EXIT_FAILED;
    return report(argv[optind], &options);
}

const struct cli_command cli_report = {
    .name = "report",
    .arguments = "CASE [-f FORMAT] [-o FILE] [--reveal --subject SHEET] [--compare BEFORE]",
    .summary = "write a report from a case file",
    .run = run,
};
