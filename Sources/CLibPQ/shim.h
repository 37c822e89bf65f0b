// Debian keeps the header in a folder of its own, others beside the rest: found either way, so that no tool has to be asked
// for the path.
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif
