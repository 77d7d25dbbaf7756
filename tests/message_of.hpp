// The text of an expected error.
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace dojima::test {

/// The text of the error that `action` throws.
template <class Error, class Action> std::string message_of(const Action& action) {
  try {
    action();
  } catch (const Error& problem) {
    return problem.what();
  }
  ADD_FAILURE() << "nothing thrown";
  return "";
}

} // namespace dojima::test
