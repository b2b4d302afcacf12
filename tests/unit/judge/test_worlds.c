/* Made-up worlds, in which everybody's place is known: no true claim is refuted, however slow or
 * odd the network, and every claim that physics can refute is. Distances are reckoned in another
 * way than in src/: along the ellipse in which a plane through both points and the centre of the
 * earth cuts the ellipsoid, which is never shorter than the geodesic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/disputed.h"
#include "judge/residency.h"
#include "judge/shapes.h"
#include "judge/shapes_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORLDS = 10000, HANDSHAKES_MAX = 20, CLAIMS = 4 };

static const double turn = 0.017453292519943295;
static const double wide = 6378137.0;
static const double squeeze = 0.99664718933525254; /* the pole's radius to the equator's */
static const double light = 0.299792458;           /* metres in a nanosecond */
static const double fibre = 0.2;

/* ---- chance ---- */

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static double share(uint64_t *seed)
{
    return (double)(draw(seed) >> 11) / 9007199254740992.0;
}

static struct tt_point anywhere(uint64_t *seed)
{
    return (struct tt_point){.latitude = asin(2 * share(seed) - 1) / turn,
                             .longitude = 360 * share(seed) - 180};
}

/* ---- the other way to measure ---- */

struct vector {
    double x[3];
};

static struct vector vector_of(struct tt_point point)
{
    double latitude = point.latitude * turn;
    double longitude = point.longitude * turn;
    double n = wide / sqrt(1 - (1 - squeeze * squeeze) * sin(latitude) * sin(latitude));
    return (struct vector){{n * cos(latitude) * cos(longitude), n * cos(latitude) * sin(longitude),
                            n * squeeze * squeeze * sin(latitude)}};
}

static double dot(struct vector a, struct vector b)
{
    return a.x[0] * b.x[0] + a.x[1] * b.x[1] + a.x[2] * b.x[2];
}

static double chord_square(struct vector a, struct vector b)
{
    struct vector c = {{a.x[0] - b.x[0], a.x[1] - b.x[1], a.x[2] - b.x[2]}};
    return dot(c, c);
}

/* The point of the ellipsoid in a direction from its centre. */
static struct vector on_surface(struct vector a)
{
    double z = a.x[2] / squeeze;
    double scale = wide / sqrt(a.x[0] * a.x[0] + a.x[1] * a.x[1] + z * z);
    return (struct vector){{a.x[0] * scale, a.x[1] * scale, a.x[2] * scale}};
}

static double along_ellipse(struct tt_point from, struct tt_point to)
{
    enum { STEPS = 400 };
    struct vector a = vector_of(from);
    struct vector b = vector_of(to);
    double angle = acos(fmax(-1, fmin(1, dot(a, b) / sqrt(dot(a, a) * dot(b, b)))));
    double length = 0;
    struct vector before = a;
    if (angle < 1e-9)
        return 0;
    for (int i = 1; i <= STEPS; i++) {
        double s = sin(angle * (STEPS - i) / STEPS);
        double t = sin(angle * i / STEPS);
        double ratio = sqrt(dot(a, a) / dot(b, b));
        struct vector here = {{s * a.x[0] + t * ratio * b.x[0], s * a.x[1] + t * ratio * b.x[1],
                               s * a.x[2] + t * ratio * b.x[2]}};
        here = on_surface(here);
        length += sqrt(chord_square(before, here));
        before = here;
    }
    return length;
}

/* ---- the other way to look at shapes ---- */

static struct tt_point grid(int32_t east, int32_t north)
{
    return (struct tt_point){.latitude = north / 100.0, .longitude = east / 100.0};
}

/* How far the border is from `from`, or a little less: every 10 km of it is looked at. */
static double near_border(size_t shape, struct tt_point from)
{
    enum { SPACE = 10000 };
    struct vector here = vector_of(from);
    double least = INFINITY;
    struct tt_point nearest = from;
    for (size_t r = shape_table[shape].first;
         r < shape_table[shape].first + shape_table[shape].count; r++) {
        int32_t east = shape_rings[r].east;
        int32_t north = shape_rings[r].north;
        struct tt_point a = grid(east, north);
        for (size_t i = 0; i <= shape_rings[r].count; i++) {
            const int16_t *step = shape_steps + 2 * ((size_t)shape_rings[r].first + i);
            bool last = i == shape_rings[r].count;
            struct tt_point b = last ? a : grid(east += step[0], north += step[1]);
            double length = hypot(b.latitude - a.latitude, b.longitude - a.longitude) * 111700;
            int pieces = 1 + (int)(length / SPACE);
            for (int p = 0; p < pieces; p++) {
                struct tt_point point = {
                    .latitude = a.latitude + (b.latitude - a.latitude) * p / pieces,
                    .longitude = a.longitude + (b.longitude - a.longitude) * p / pieces};
                double square = chord_square(here, vector_of(point));
                if (square < least) {
                    least = square;
                    nearest = point;
                }
            }
            a = b;
        }
    }
    /* The ellipse is longer than the geodesic by less than a thousandth, but for opposite points,
     * where it is by less than 70 km. */
    double length = along_ellipse(from, nearest);
    double excess = length > 19000000 ? 70000 : length * 0.001;
    return fmax(0, length - SPACE - excess);
}

static bool is_in(size_t shape, struct tt_point point)
{
    bool inside = false;
    for (size_t r = shape_table[shape].first;
         r < shape_table[shape].first + shape_table[shape].count; r++) {
        for (int lap = -1; lap <= 1; lap++) {
            double longitude = point.longitude + 360 * lap;
            int32_t east = shape_rings[r].east;
            int32_t north = shape_rings[r].north;
            for (size_t i = 0; i < shape_rings[r].count; i++) {
                const int16_t *step = shape_steps + 2 * ((size_t)shape_rings[r].first + i);
                struct tt_point a = grid(east, north);
                struct tt_point b = grid(east += step[0], north += step[1]);
                if ((a.longitude > longitude) == (b.longitude > longitude))
                    continue;
                double t = (longitude - a.longitude) / (b.longitude - a.longitude);
                if (a.latitude + t * (b.latitude - a.latitude) > point.latitude)
                    inside = !inside;
            }
        }
    }
    return inside;
}

/* A point of the shape: between two of its border, or one of them. */
static struct tt_point somewhere_in(size_t shape, uint64_t *seed)
{
    size_t r = shape_table[shape].first + draw(seed) % shape_table[shape].count;
    int32_t east = shape_rings[r].east;
    int32_t north = shape_rings[r].north;
    struct tt_point first = grid(east, north);
    size_t steps = shape_rings[r].count == 0 ? 0 : draw(seed) % shape_rings[r].count;
    for (size_t i = 0; i < steps; i++) {
        const int16_t *step = shape_steps + 2 * ((size_t)shape_rings[r].first + i);
        east += step[0];
        north += step[1];
    }
    struct tt_point second = grid(east, north);
    double t = share(seed);
    struct tt_point between = {.latitude = first.latitude + t * (second.latitude - first.latitude),
                               .longitude =
                                   first.longitude + t * (second.longitude - first.longitude)};
    between = is_in(shape, between) ? between : second;
    between.longitude = remainder(between.longitude, 360);
    return between;
}

/* ---- a world ---- */

struct world {
    uint64_t seed;
    struct tt_point vantage; /* where it really is, */
    struct tt_vantage said;  /* and what was written */
    struct tt_point server;
    uint64_t tick;
    uint64_t least; /* measured */
    bool faster;    /* than fibre: radio, satellites */
    struct tt_claimed_place claims[CLAIMS];
    bool is_true[CLAIMS];
    enum tt_claim_outcome outcomes[CLAIMS];
    size_t told;
};

static void make_place(struct world *world)
{
    char text[64];
    world->vantage = anywhere(&world->seed);
    int decimals = (int)(draw(&world->seed) % 5);
    (void)snprintf(text, sizeof(text), "%.*f,%.*f", decimals, world->vantage.latitude, decimals,
                   world->vantage.longitude);
    assert_true(tt_vantage_parse(tt_span_str(text), &world->said));
}

/* A true and a false country, a true and a false city. */
static void make_claims(struct world *world)
{
    size_t home = draw(&world->seed) % tt_shape_count();
    size_t other = draw(&world->seed) % tt_shape_count();
    world->server = somewhere_in(home, &world->seed);
    world->claims[0] = (struct tt_claimed_place){
        .kind = TT_PLACE_SHAPE, .name = tt_shape_code(home), .shape = home};
    world->is_true[0] = true;
    world->claims[1] = (struct tt_claimed_place){
        .kind = TT_PLACE_SHAPE, .name = tt_shape_code(other), .shape = other};
    world->is_true[1] = is_in(other, world->server);
    for (size_t i = 2; i < CLAIMS; i++) {
        struct tt_point city = i == 2 ? world->server : anywhere(&world->seed);
        double radius = 1000 + 200000 * share(&world->seed);
        if (i == 2)
            city.latitude *= 1 - radius / 1e9;
        world->claims[i] = (struct tt_claimed_place){
            .kind = TT_PLACE_CITY, .name = "city", .city = city, .radius = radius};
        world->is_true[i] = along_ellipse(city, world->server) < radius;
    }
}

/* One handshake as the capture has it: a detour, a queue, a clock that cuts off. */
static uint64_t measure(struct world *world, double distance)
{
    double speed = world->faster ? light : fibre;
    double detour = share(&world->seed) < 0.3 ? 1 : 1 + share(&world->seed);
    double queue = share(&world->seed) < 0.3 ? 0 : -log(1 - share(&world->seed)) * 2e7;
    double jitter = share(&world->seed) * 1e5;
    double time = 2 * distance * detour / speed + queue + jitter;
    uint64_t sent = UINT64_C(1700000000000000000) + draw(&world->seed) % UINT64_C(1000000000000);
    uint64_t answered = sent + (uint64_t)ceil(time);
    return answered / world->tick * world->tick - sent / world->tick * world->tick;
}

static struct tt_addr addr_of(const char *text)
{
    struct tt_addr addr = {0};
    assert_true(tt_addr_parse(text, &addr));
    return addr;
}

static void take_handshakes(struct world *world, struct tt_timings *timings,
                            const struct tt_names *names)
{
    double distance = along_ellipse(world->vantage, world->server);
    struct tt_flow flow = {.id = 1,
                           .initiator_known = true,
                           .third_step = true,
                           .ends = {{.addr = addr_of("192.0.2.23"), .port = 40000},
                                    {.addr = addr_of("198.51.100.7"), .port = 443}}};
    size_t count = 1 + draw(&world->seed) % HANDSHAKES_MAX;
    for (size_t i = 0; i < count; i++) {
        flow.id = i + 1;
        flow.rtt_syn = measure(world, distance);
        flow.rtt_ack = draw(&world->seed) % 2000000;
        if (flow.rtt_syn != 0 && (world->least == 0 || flow.rtt_syn < world->least))
            world->least = flow.rtt_syn;
        assert_int_equal(tt_timings_flow(timings, &flow, names), TT_OK);
    }
    /* What an app made up does not count. */
    flow.made_up = true;
    flow.rtt_syn = 1;
    assert_int_equal(tt_timings_flow(timings, &flow, names), TT_OK);
    assert_int_equal(tt_timings_clock(timings, 0, world->tick), TT_OK);
}

static enum tt_err take_claim(void *context, const struct tt_claim_row *row)
{
    struct world *world = context;
    assert_true(world->told < CLAIMS);
    world->outcomes[world->told++] = row->outcome;
    return TT_OK;
}

static void judge(struct world *world, const struct tt_geo *geo)
{
    static const char *const hosts[] = {"198.51.100.7"};
    const struct tt_subject subject = {0};
    struct tt_residency_entry entry = {.service = "service",
                                       .hosts = {.items = hosts, .count = 1},
                                       .places = world->claims,
                                       .place_count = CLAIMS};
    const struct tt_residency_entries entries = {.list = &entry, .count = 1};
    struct tt_texts *texts = tt_texts_new();
    struct tt_names *names = tt_names_new(texts);
    struct tt_sides *sides = tt_sides_new(&subject);
    struct tt_timings *timings = tt_timings_new(texts);
    assert_true(texts != NULL && names != NULL && sides != NULL && timings != NULL);
    take_handshakes(world, timings, names);
    assert_int_equal(tt_sides_settle(sides), TT_OK);
    assert_int_equal(tt_timings_settle(timings, sides), TT_OK);
    const struct tt_residency_evidence evidence = {
        .timings = timings, .geo = geo, .vantage = &world->said, .entries = &entries};
    const struct tt_residency_sink sink = {.context = world, .claim = take_claim};
    enum tt_verdict verdict = TT_VERDICT_ALLOWED;
    assert_int_equal(tt_residency_tell(&evidence, &sink, &verdict), TT_OK);
    assert_int_equal(world->told, CLAIMS);
    tt_timings_free(timings);
    tt_sides_free(sides);
    tt_names_free(names);
    tt_texts_free(texts);
}

/* What others claim too, or the map lacks, is no place that physics can tell from the country. */
static double near_disputed(size_t shape, struct tt_point from)
{
    const struct tt_disputed *area = NULL;
    double least = INFINITY;
    for (size_t i = 0; (area = tt_disputed_at(i)) != NULL; i++) {
        double length = along_ellipse(from, area->centre);
        double excess = length > 19000000 ? 140000 : length * 0.001;
        if (tt_disputed_is_of(area, tt_shape_code(shape)))
            least = fmin(least, length - excess - area->radius_km * 1000);
    }
    return least;
}

/* Metres to the claimed place from where the vantage point was said to be, or a little less. */
static double away(const struct world *world, const struct tt_claimed_place *place)
{
    struct tt_point from = {.latitude = world->said.latitude, .longitude = world->said.longitude};
    if (place->kind == TT_PLACE_SHAPE) {
        if (is_in(place->shape, from))
            return 0;
        return fmin(near_border(place->shape, from) - TT_SHAPE_MARGIN,
                    near_disputed(place->shape, from));
    }
    double length = along_ellipse(from, place->city);
    double excess = length > 19000000 ? 140000 : length * 0.001;
    return length - excess - place->radius;
}

struct tally {
    size_t refuted;
    size_t confirmed;
    size_t refutable;
};

static void check(const struct world *world, unsigned number, struct tally *tally)
{
    double reach = ((double)world->least + (double)world->tick) * light / 2;
    for (size_t i = 0; i < CLAIMS; i++) {
        enum tt_claim_outcome outcome = world->outcomes[i];
        if (world->least == 0) {
            assert_int_equal(outcome, TT_CLAIM_UNTESTED);
            continue;
        }
        if (world->is_true[i] && outcome == TT_CLAIM_REFUTED)
            fail_msg("world %u, claim %zu: refuted, and true", number, i);
        if (world->is_true[i] && !world->faster && outcome == TT_CLAIM_IMPLAUSIBLE)
            fail_msg("world %u, claim %zu: implausible, and true", number, i);
        if (!world->is_true[i] && outcome == TT_CLAIM_CONFIRMED)
            fail_msg("world %u, claim %zu: confirmed, and false", number, i);
        bool refutable = away(world, &world->claims[i]) - world->said.error > reach;
        if (refutable && outcome != TT_CLAIM_REFUTED)
            fail_msg("world %u, claim %zu: physics refutes it", number, i);
        tally->refutable += refutable;
        tally->refuted += outcome == TT_CLAIM_REFUTED;
        tally->confirmed += outcome == TT_CLAIM_CONFIRMED;
    }
}

static void no_true_claim_is_refuted(void **state)
{
    (void)state;
    static const uint64_t ticks[] = {1, 1000, 1000000};
    struct tt_error error = {0};
    struct tt_geo *geo = NULL;
    struct tally tally = {0};
    assert_int_equal(tt_geo_new(NULL, 0, &geo, &error), TT_OK);
    for (unsigned number = 1; number <= WORLDS; number++) {
        struct world world = {.seed = number * UINT64_C(0x9e3779b97f4a7c15)};
        (void)draw(&world.seed);
        make_place(&world);
        make_claims(&world);
        /* Many real ones are near. */
        if (share(&world.seed) < 0.3) {
            world.vantage = somewhere_in(world.claims[0].shape, &world.seed);
            char text[64];
            (void)snprintf(text, sizeof(text), "%.3f,%.3f", world.vantage.latitude,
                           world.vantage.longitude);
            assert_true(tt_vantage_parse(tt_span_str(text), &world.said));
        }
        world.tick = ticks[draw(&world.seed) % 3];
        world.faster = share(&world.seed) < 0.4;
        judge(&world, geo);
        check(&world, number, &tally);
    }
    tt_geo_free(geo);
    /* It would be easy to be never wrong by saying nothing. */
    assert_true(tally.refutable > WORLDS / 5);
    assert_true(tally.refuted >= tally.refutable);
    assert_true(tally.confirmed > WORLDS / 100);
}

static void the_two_ways_to_measure_agree(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 1000; i++) {
        struct tt_point a = anywhere(&seed);
        struct tt_point b = anywhere(&seed);
        double exact = tt_earth_distance(a, b);
        double length = along_ellipse(a, b);
        /* The sum of chords is a little short. */
        assert_true(length > exact * 0.99999 - 1);
        assert_true(length < exact * 1.001 || exact > 19000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_two_ways_to_measure_agree),
        cmocka_unit_test(no_true_claim_is_refuted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
