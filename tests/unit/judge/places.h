/* Scenes of residency: a phone captured in Delhi, a policy with places, and what answered it. */
#ifndef TEST_JUDGE_PLACES_H
#define TEST_JUDGE_PLACES_H

#include "base/vantage.h"
#include "scene.h"

#define PHONE "192.168.1.23"
#define SERVER "198.51.100.7"
#define CLAUSES "clauses: [{id: a, text: b, verdict: allowed}]\n"
#define MS UINT64_C(1000000)

static struct tt_vantage delhi;

static inline int set_up(void **state)
{
    (void)state;
    assert_true(tt_vantage_parse(tt_span_str("28.61,77.21"), &delhi));
    scene_vantage = &delhi;
    return 0;
}

static inline void begin(struct scene *scene, const char *residency)
{
    char policy[4096];
    (void)snprintf(policy, sizeof(policy), "policy: p\nunread: reported\nresidency:\n%s%s",
                   residency, CLAUSES);
    scene_begin(scene, PHONE, NULL, policy);
}

/* A flow of the phone to `to` that was answered in `time`, under a name of the host. */
static inline struct tt_flow answered(struct scene *scene, uint64_t id, const char *to,
                                      uint64_t time, const char *name)
{
    struct tt_flow flow = scene_flow(id, PHONE, 40000, to, 443);
    flow.rtt_syn = time;
    if (name != NULL)
        scene_name(scene, TT_NAME_SNI, id * 10, NULL, id, name);
    scene_flow_over(scene, &flow);
    return flow;
}

#define IN_SG "- {service: cloud, hosts: [\"*.cloud.example\"], in: SG}\n"
#define IN_IN "- {service: cloud, hosts: [\"*.cloud.example\"], in: IN}\n"
#define IN_TWO "- {service: cloud, hosts: [\"*.cloud.example\"], in: [sg, US-OR]}\n"

#endif
