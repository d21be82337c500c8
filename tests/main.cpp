// tests/main.cpp: the main function of every test executable, under Catch2 version 2.
// SPDX-License-Identifier: BSD-3-Clause
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
