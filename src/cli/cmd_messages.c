#include "cli.h"

#include <stdio.h>

enum { OPTION_JSON = 256, OPTION_REVEAL };

static const struct option option_table[] = {
    {"json", required_argument, NULL, OPTION_JSON},
    {"reveal", no_argument, NULL, OPTION_REVEAL},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool write_list(struct tt_case *c, const char *json, bool reveal)
{
    struct cli_file file;
    if (!cli_file_open(&file, json))
        return false;
    struct tt_output output = cli_output(&file);
    struct tt_error error = {0};
    enum tt_err err = tt_report_message_list(c, json != NULL, reveal, &output, &error);
    bool closed = cli_file_close(&file);
    if (err != TT_OK && closed)
        (void)cli_fail("%s", error.text);
    return err == TT_OK && closed;
}

static int list(const struct cli_inputs *inputs, const char *json, bool reveal, bool quiet)
{
    struct cli_progress progress;
    cli_progress_begin(&progress, quiet);
    struct tt_test_config config = {.captures = inputs->captures,
                                    .capture_count = inputs->count,
                                    .progress = cli_progress_step,
                                    .warning = cli_progress_warn,
                                    .context = &progress};
    struct tt_case *c = NULL;
    struct tt_error error = {0};
    enum tt_err err = tt_messages(&config, &c, &error);
    cli_progress_end(&progress);
    if (err != TT_OK)
        return cli_fail("%s", error.text);
    bool ok = write_list(c, json, reveal);
    tt_case_close(c);
    return ok ? EXIT_HOLDS : EXIT_FAILED;
}

static int run(int argc, char **argv)
{
    const char *json = NULL;
    bool reveal = false;
    bool quiet = false;
    int option = 0;
    while ((option = cli_next_option(&cli_messages, argc, argv, option_table)) != -1) {
        switch (option) {
        case OPTION_JSON:
            json = optarg;
            break;
        case OPTION_REVEAL:
            reveal = true;
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
    if (optind == argc)
        return cli_usage(&cli_messages, "messages: no capture given");
    struct cli_inputs inputs;
    int status = EXIT_FAILED;
    bool ok = cli_inputs_make(&inputs, argv + optind, (size_t)(argc - optind));
    for (size_t i = 0; ok && i < inputs.count; i++)
        ok = cli_file_spares(json, inputs.captures[i]);
    if (ok)
        status = list(&inputs, json, reveal, quiet);
    cli_inputs_free(&inputs);
    return status;
}

const struct cli_command cli_messages = {
    .name = "messages",
    .arguments = "CAPTURE... [--json FILE|-] [--reveal] [--quiet]",
    .summary = "list every message that could be read",
    .run = run,
};
