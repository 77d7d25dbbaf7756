# Installs the BUILD into an empty prefix, builds the examples of SOURCE against it with the C++ compiler CXX, and runs them.
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(work ${BUILD}/install_test)
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${work})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix} --strip)

file(COPY ${SOURCE}/examples DESTINATION ${work}) # nothing of the source tree is in reach
run(${CMAKE_COMMAND} -S ${work}/examples -B ${work}/build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${CXX}
    -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${work}/bin)
run(${CMAKE_COMMAND} --build ${work}/build)

file(GLOB programs ${work}/bin/*)
if(NOT programs)
  message(FATAL_ERROR "no example was built")
endif()
foreach(program ${programs})
  run(${program} ${prefix}/share/dojima/data/market)
endforeach()
run(${prefix}/bin/dojima --version)
