/* What one guess at a receipt costs who has the relay's store: Argon2id, and the keys
 * from it (proto/CASES.md §3). Over the wire kringd's limits come first;
 * tests/protocol/cases_test.py prints those. */
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include <kring/cases.h>

#define NUM_GUESSES 10
#define RECEIPTS    1e18
#define NUM_CASES   10000.0
#define YEAR_S      (365.25 * 24 * 3600)

static double seconds(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(void)
{
	struct kr_receipt receipt;
	struct kr_receipt_keys keys;
	struct rusage usage;
	double begin, guess_s;
	bool ok = kr_crypto_init() == KR_OK &&
		kr_receipt_parse(&receipt, kr_view_str("1234 5678 9012 3456 7888")) ==
			KR_OK;

	begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (int i = 0; i < NUM_GUESSES && ok; i++) {
		ok = kr_receipt_keys(&keys, &receipt, kr_view_str("kring.example")) ==
			KR_OK;
	}
	guess_s = (seconds(CLOCK_PROCESS_CPUTIME_ID) - begin) / NUM_GUESSES;
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("%s 1 - a guess at a receipt has a cost\n", ok ? "ok" : "not ok");
	(void)printf(
		"%s 2 - of 64 MiB\n", usage.ru_maxrss >= 64 * 1024 ? "ok" : "not ok");
	(void)printf("#: one guess: %.0f ms of one core, %ld MiB\n", guess_s * 1000,
		usage.ru_maxrss / 1024);
	(void)printf("#: with a store of %.0f cases: %.0f years of one core to the first "
		     "hit\n",
		NUM_CASES, RECEIPTS / NUM_CASES * guess_s / YEAR_S);
	(void)printf("1..2\n");
	kr_receipt_keys_wipe(&keys);
	kr_wipe(&receipt, sizeof(receipt));
	return ok ? 0 : 1;
}
