#include "capture/apps.h"

#include "base/map.h"
#include "capture/text.h"
#include "model/limits.h"

#include <stdlib.h>

struct app {
    char name[TT_APP_NAME_MAX + 1];
};

struct tt_apps {
    struct tt_map *names;   /* name -> struct app, owned */
    struct tt_map *numbers; /* number -> struct app of `names` */
};

struct tt_apps *tt_apps_new(void)
{
    struct tt_apps *apps = calloc(1, sizeof(*apps));
    if (apps == NULL)
        return NULL;
    apps->names = tt_map_new(TT_CAPTURE_APPS_MAX);
    apps->numbers = tt_map_new(TT_CAPTURE_APPS_MAX);
    if (apps->names != NULL && apps->numbers != NULL)
        return apps;
    tt_apps_free(apps);
    return NULL;
}

void tt_apps_free(struct tt_apps *apps)
{
    if (apps == NULL)
        return;
    tt_map_free(apps->numbers, NULL);
    tt_map_free(apps->names, free);
    free(apps);
}

/* `*ret_app` is NULL for an empty name. */
static enum tt_err keep(struct tt_apps *apps, struct tt_span name, struct app **ret_app)
{
    struct app app;
    (void)tt_text_clean(name, app.name, sizeof(app.name));
    struct tt_span key = tt_span_str(app.name);
    struct app *kept = key.len == 0 ? NULL : tt_map_get(apps->names, key);
    if (key.len > 0 && kept == NULL) {
        kept = malloc(sizeof(*kept));
        if (kept == NULL)
            return TT_ERR_MEMORY;
        *kept = app;
        enum tt_err err = tt_map_put(apps->names, key, kept);
        if (err != TT_OK) {
            free(kept);
            return err;
        }
    }
    *ret_app = kept;
    return TT_OK;
}

enum tt_err tt_apps_keep(struct tt_apps *apps, struct tt_span name, const char **ret_kept)
{
    struct app *app = NULL;
    enum tt_err err = keep(apps, name, &app);
    if (err == TT_OK)
        *ret_kept = app == NULL ? NULL : app->name;
    return err;
}

enum tt_err tt_apps_number(struct tt_apps *apps, uint32_t number, struct tt_span name)
{
    struct tt_span key = tt_span_of(&number, sizeof(number));
    if (tt_map_get(apps->numbers, key) != NULL)
        return TT_OK;
    struct app *app = NULL;
    enum tt_err err = keep(apps, name, &app);
    if (err == TT_OK && app != NULL)
        err = tt_map_put(apps->numbers, key, app);
    return err;
}

const char *tt_apps_of_number(const struct tt_apps *apps, uint32_t number)
{
    const struct app *app = tt_map_get(apps->numbers, tt_span_of(&number, sizeof(number)));
    return app == NULL ? NULL : app->name;
}
