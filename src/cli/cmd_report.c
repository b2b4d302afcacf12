#include "cli.h"

#include <stdio.h>

enum { OPTION_SUBJECT = 256, OPTION_REVEAL };

static const struct option option_table[] = {
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"subject", required_argument, NULL, OPTION_SUBJECT},
    {"reveal", no_argument, NULL, OPTION_REVEAL},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int report(const char *case_path, const char *format, const char *path, const char *reveal)
{
    struct tt_case *c = NULL;
    struct tt_error error = {0};
    if (tt_case_load(case_path, &c, &error) != TT_OK)
        return cli_fail("%s", error.text);
    struct cli_file file;
    int status = EXIT_FAILED;
    if (cli_file_open(&file, path)) {
        struct tt_output output = cli_output(&file);
        output.reveal = reveal;
        enum tt_err err = tt_report(c, format, &output, &error);
        bool closed = cli_file_close(&file);
        if (err != TT_OK && closed)
            (void)cli_fail("%s", error.text);
        if (err == TT_OK && closed)
            status = EXIT_HOLDS;
    }
    tt_case_close(c);
    return status;
}

static int run(int argc, char **argv)
{
    const char *format = "text";
    const char *path = NULL;
    const char *subject = NULL;
    bool reveal = false;
    int option = 0;
    while ((option = cli_next_option(&cli_report, argc, argv, option_table)) != -1) {
        switch (option) {
        case 'f':
            format = optarg;
            break;
        case 'o':
            path = optarg;
            break;
        case OPTION_SUBJECT:
            subject = optarg;
            break;
        case OPTION_REVEAL:
            reveal = true;
            break;
        case 'h':
            return 0;
        default:
            return EXIT_FAILED;
        }
    }
    if (optind + 1 != argc)
        return cli_usage(&cli_report, "report: one case file is needed");
    if (reveal && subject == NULL)
        return cli_usage(&cli_report,
                         "report: --reveal needs the sheet of the test (--subject SHEET): "
                         "a case file holds no values");
    if (!cli_file_spares(path, argv[optind]) || !cli_file_spares(path, subject))
        return EXIT_FAILED;
    return report(argv[optind], format, path, reveal ? subject : NULL);
}

const struct cli_command cli_report = {
    .name = "report",
    .arguments = "CASE [-f FORMAT] [-o FILE] [--reveal --subject SHEET]",
    .summary = "write a report from a case file",
    .run = run,
};
