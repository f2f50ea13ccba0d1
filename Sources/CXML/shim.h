#pragma once
#include <libxml/xmlversion.h>
// The system's ICU cannot stand beside the one that Foundation brings; only converters, which are not used, mention it.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
