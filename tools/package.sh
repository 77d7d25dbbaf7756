#!/usr/bin/env bash
# Writes build/dojima-<version>-linux-x86_64.tar.gz: program, benchmarks, tests, data and the shared libraries they need, other
# than CUDA's and the C library. DOJIMA_CUDA=ON or OFF decides on CUDA; otherwise it is in when nvcc is found.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${DOJIMA_CUDA:-AUTO} in
  ON) preset=cuda ;;
  OFF) preset=release ;;
  *) preset=release; [ -n "$(command -v nvcc || ls /usr/local/cuda/bin/nvcc 2>/dev/null)" ] && preset=cuda ;;
esac
cuda=$([ $preset = cuda ] && echo ON || echo OFF)
cmake --preset $preset --log-level=WARNING -DDOJIMA_CUDA="$cuda" -DDOJIMA_TESTS=ON -DDOJIMA_BENCH=ON
cmake --build --preset $preset

version=$(sed -n 's/^CMAKE_PROJECT_VERSION:.*=//p' build/$preset/CMakeCache.txt)
name=dojima-$version-linux-x86_64
stage=build/package/$name
rm -rf "$stage"
for component in program tests; do
  cmake --install build/$preset --prefix "$stage" --component $component --strip >/dev/null
done
cp -r data "$stage"
cp tests/run-tests.sh "$stage/tests"
mkdir "$stage/tests/browser" "$stage/lib" "$stage/licenses"
cp tests/browser/report_test.py "$stage/tests/browser"
cp LICENSE README.md "$stage"

# The system's C library stays outside: it belongs to the kernel and the loader of the machine.
c_library='^(linux-vdso|ld-linux|lib(c|m|dl|rt|pthread|resolv|util)\.so)'
openblas=$(ldconfig -p | awk '/^\tlibopenblas\.so\.0 .*x86-64/ { path = $NF } END { print path }') # opened at run time, by linear algebra
{
  find "$stage/bin" "$stage/tests" -type f -perm -u+x -name 'dojima*' -exec ldd {} +
  if [ "$openblas" ]; then echo "libopenblas.so.0 => $openblas" && ldd "$openblas"; fi
} | awk '$2 == "=>" { print $1, $3 }' | sort -u | grep -Ev "$c_library" | while read -r _ path; do
  install -m 644 "$(readlink -f "$path")" "$stage/lib/$(basename "$path")"
  strip --strip-unneeded "$stage/lib/$(basename "$path")"
  package=$(dpkg -S "*/$(basename "$(readlink -f "$path")")" 2>/dev/null | sed -n '1s/:.*//p')
  [ -z "$package" ] || install -m 644 "/usr/share/doc/$package/copyright" "$stage/licenses/$package"
done

archive=build/$name.tar.gz
tar -C build/package --owner=0 --group=0 -czf "$archive" "$name"
echo "The package ($((($(stat -c %s "$archive") + 1048575) / 1048576)) MiB, CUDA $cuda): $PWD/$archive"
