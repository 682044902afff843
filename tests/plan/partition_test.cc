#include "src/plan/partition.h"

#include <gtest/gtest.h>

#include "src/plan/candidates.h"
#include "src/plan/desc.h"
#include "src/plan/plan.h"
#include "tests/plan/h200.h"

namespace jitgemm::plan {
namespace {

constexpr GemmDesc kPinnedShapes[] = {{.n = 2112, .k = 7168}, {.n = 24576, .k = 1536},
                                      {.n = 512, .k = 7168},  {.n = 7168, .k = 16384},
                                      {.n = 8, .k = 2048},    {.n = 72, .k = 16}};

TEST(PartitionTest, ABatchInvariantShapeHasOneForEveryM) {
  const TuningTable table = embedded_table();
  for (const GemmDesc& desc : kPinnedShapes)
    for (Chain chain : kChains) {
      const Rules rules = {.chain = chain, .batch_invariant = true, .tables = {&table, 1}};
      const std::vector<Range> all = ranges(desc, h200(), rules);
      ASSERT_FALSE(all.empty());
      EXPECT_EQ(all.back().m_last, kMaxDimension);
      for (const Range& range : all) {
        EXPECT_EQ(partition_of(range.config), pinned_partition(desc, h200()))
            << range.config.name();
        EXPECT_EQ(defect_of(range.config), "") << range.config.name();
      }
    }
}

// By the model as it is: a change of these partitions changes the bits of batch-invariant results.
TEST(PartitionTest, TheLeastTimeOverThreeSizesOfABatchPinsAPartition) {
  EXPECT_EQ(pinned_partition({2112, 7168}, h200()), (Partition{3, 2}));
  EXPECT_EQ(pinned_partition({512, 7168}, h200()), (Partition{7, 2}));
  EXPECT_EQ(pinned_partition({7168, 16384}, h200()), (Partition{2, 2}));
  EXPECT_EQ(pinned_partition({7168, 2048}, h200()), (Partition{1, 1}));
}

TEST(PartitionTest, NormalKernelsOfNarrowWeightsSumTheSameSlices) {
  const GemmDesc desc = {.n = 512, .k = 7168};
  const Decision large = *decide(desc, 4096, h200(), {.batch_invariant = true});
  EXPECT_EQ(large.config.form, Form::kNormal);
  EXPECT_EQ(partition_of(large.config), pinned_partition(desc, h200()));
  EXPECT_NE(partition_of(decide(desc, 1, h200())->config),  // without the mode
            partition_of(decide(desc, 4096, h200())->config));
}

TEST(PartitionTest, WhereKIsNotSplitItsBlocksDoNotMatter) {
  EXPECT_EQ(partition_of({.split = 1, .k_blocks = 2}), partition_of({.split = 1, .k_blocks = 4}));
  EXPECT_NE(partition_of({.split = 2, .k_blocks = 2}), partition_of({.split = 2, .k_blocks = 4}));
}

}  // namespace
}  // namespace jitgemm::plan
