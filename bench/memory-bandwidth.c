// The reference that the bandwidth probe is held against: a plain loop that sums 64-bit floats.
// Arguments: threads, 1 for huge pages or 0 for small ones, passes, MiB, read or copy. Prints 10^9 bytes a second of each
// pass; a copy (memcpy of the first half onto the second) counts every byte twice, read and written.
// Build: cc -O3 -march=native -fopenmp
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(int argc, char **argv) {
  if (argc != 6) return 64;
  int copies = strcmp(argv[5], "copy") == 0;
  int threads = atoi(argv[1]), passes = atoi(argv[3]);
  size_t bytes = (size_t)atoi(argv[4]) << 20, count = bytes / sizeof(double);
  double *words = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (words == MAP_FAILED) return 1;
  madvise(words, bytes, atoi(argv[2]) ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  omp_set_num_threads(threads);
#pragma omp parallel for schedule(static)
  for (size_t i = 0; i < count; i++) words[i] = 1.0;
  double total = 0;
  for (int pass = -1; pass < passes; pass++) {
    double sum = 0, start = omp_get_wtime();
    if (copies) {
      sum = (double)count;
      size_t part = count / 2 / threads;
#pragma omp parallel for schedule(static)
      for (int i = 0; i < threads; i++) memcpy(words + count / 2 + i * part, words + i * part, part * sizeof(double));
    } else {
#pragma omp parallel for simd schedule(static) reduction(+ : sum)
      for (size_t i = 0; i < count; i++) sum += words[i];
    }
    double seconds = omp_get_wtime() - start;
    total += sum;
    if (pass >= 0) printf("%.3f\n", bytes / seconds / 1e9);
  }
  return total == (double)count * (passes + 1) ? 0 : 2;
}
