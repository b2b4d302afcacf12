#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_JSON = 256, OPTION_KEYS, OPTION_PSK, OPTION_HAR, OPTION_REVEAL };

struct messages_options {
    const char *json;
    const char *har;
    const char **keys;
    size_t key_count;
    const char **psks;
    size_t psk_count;
    bool reveal;
    bool quiet;
};

static const struct option option_table[] = {
    {"keys", required_argument, NULL, OPTION_KEYS},
    {"psk", required_argument, NULL, OPTION_PSK},
    {"har", required_argument, NULL, OPTION_HAR},
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

static bool is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

/* Reads all; `har` may be NULL. NULL on failure. */
static struct tt_case *read_all(const struct cli_inputs *inputs,
                                const struct messages_options *options,
                                const struct tt_har_config *har, struct tt_error *error)
{
    struct cli_progress progress;
    cli_progress_begin(&progress, options->quiet);
    struct tt_test_config config = {.captures = inputs->captures,
                                    .capture_count = inputs->count,
                                    .keys = options->keys,
                                    .key_count = options->key_count,
                                    .psks = options->psks,
                                    .psk_count = options->psk_count,
                                    .har = har,
                                    .progress = cli_progress_step,
                                    .warning = cli_progress_warn,
                                    .context = &progress};
    struct tt_case *c = NULL;
    enum tt_err err = tt_messages(&config, &c, error);
    cli_progress_end(&progress);
    return err == TT_OK ? c : NULL;
}

static int list(const struct cli_inputs *inputs, const struct messages_options *options)
{
    struct cli_file file;
    struct tt_har_config har = {.reveal = options->reveal};
    if (options->har != NULL && !cli_file_open(&file, options->har))
        return EXIT_FAILED;
    if (options->har != NULL)
        har.output = cli_output(&file);
    struct tt_error error = {0};
    struct tt_case *c = read_all(inputs, options, options->har != NULL ? &har : NULL, &error);
    bool ok = options->har == NULL || cli_file_close(&file);
    if (ok && c == NULL)
        ok = cli_fail("%s", error.text) == EXIT_HOLDS;
    /* Where the HAR file takes standard output there is no room for a table. */
    if (ok && (options->json != NULL || !is_stdout(options->har)))
        ok = write_list(c, options->json, options->reveal);
    tt_case_close(c);
    return ok ? EXIT_HOLDS : EXIT_FAILED;
}

/* -1: go on; else the exit status. The lists of `options` have room for one text per argument. */
static int parse(struct messages_options *options, int argc, char **argv)
{
    int option = 0;
    while ((option = cli_next_option(&cli_messages, argc, argv, option_table)) != -1) {
        switch (option) {
        case OPTION_KEYS:
            options->keys[options->key_count++] = optarg;
            break;
        case OPTION_PSK:
            options->psks[options->psk_count++] = optarg;
            break;
        case OPTION_JSON:
            options->json = optarg;
            break;
        case OPTION_HAR:
            options->har = optarg;
            break;
        case OPTION_REVEAL:
            options->reveal = true;
            break;
        case 'q':
            options->quiet = true;
            break;
        case 'h':
            return EXIT_HOLDS;
        default:
            return EXIT_FAILED;
        }
    }
    return -1;
}

static int list_inputs(const struct messages_options *options, char **paths, size_t count)
{
    struct cli_inputs inputs;
    int status = EXIT_FAILED;
    bool ok = cli_inputs_make(&inputs, paths, count);
    for (size_t i = 0; ok && i < inputs.count; i++)
        ok = cli_file_spares(options->json, inputs.captures[i]) &&
             cli_file_spares(options->har, inputs.captures[i]);
    for (size_t i = 0; ok && i < options->key_count; i++)
        ok = cli_file_spares(options->json, options->keys[i]) &&
             cli_file_spares(options->har, options->keys[i]);
    if (ok && options->json != NULL && options->har != NULL &&
        strcmp(options->json, options->har) == 0)
        ok = cli_fail("--json and --har cannot write to the same place") == EXIT_HOLDS;
    if (ok)
        status = list(&inputs, options);
    cli_inputs_free(&inputs);
    return status;
}

static int run(int argc, char **argv)
{
    struct messages_options options = {.keys = calloc((size_t)argc, sizeof(const char *)),
                                       .psks = calloc((size_t)argc, sizeof(const char *))};
    int status = EXIT_FAILED;
    if (options.keys == NULL || options.psks == NULL)
        (void)cli_fail("no memory");
    else
        status = parse(&options, argc, argv);
    if (status == -1 && optind == argc)
        status = cli_usage(&cli_messages, "messages: no capture given");
    else if (status == -1)
        status = list_inputs(&options, argv + optind, (size_t)(argc - optind));
    free(options.psks);
    free(options.keys);
    return status;
}

const struct cli_command cli_messages = {
    .name = "messages",
    .arguments = "CAPTURE... [--keys FILE]... [--psk HEX]... [--json FILE|-] [--har FILE|-] "
                 "[--reveal] [--quiet]",
    .summary = "list every message that could be read",
    .run = run,
};
