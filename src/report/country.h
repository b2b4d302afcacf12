/* Names of countries for people. */
#ifndef TT_REPORT_COUNTRY_H
#define TT_REPORT_COUNTRY_H

/* "Singapore" for "SG"; the code itself where it is none of ISO 3166-1. NULL for NULL. */
const char *tt_country_name(const char *code);

#endif
