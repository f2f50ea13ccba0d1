#pragma once
// The C library's types stay Glibc's; else this module would own those that its headers include first.
#pragma clang module import SwiftGlibc
#include <ares.h>

// Numbers, whether this version of c-ares declares them as macros or in an enumeration.
static const int ccares_success = ARES_SUCCESS;
static const int ccares_enodata = ARES_ENODATA;
static const int ccares_eformerr = ARES_EFORMERR;
static const int ccares_eservfail = ARES_ESERVFAIL;
static const int ccares_enotfound = ARES_ENOTFOUND;
static const int ccares_enotimp = ARES_ENOTIMP;
static const int ccares_erefused = ARES_EREFUSED;
static const int ccares_econnrefused = ARES_ECONNREFUSED;
static const int ccares_etimeout = ARES_ETIMEOUT;
static const int ccares_enomem = ARES_ENOMEM;
static const int ccares_edestruction = ARES_EDESTRUCTION;
static const int ccares_ecancelled = ARES_ECANCELLED;
