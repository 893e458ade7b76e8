-- DropIndex
DROP INDEX "lead_captures_captured_on_idx";

-- CreateIndex
CREATE INDEX "lead_captures_captured_on_channel_idx" ON "lead_captures"("captured_on", "first_channel");

-- AlterTable
ALTER TABLE "tenant_milestones" ADD COLUMN     "capture_id" TEXT,
ADD COLUMN     "first_channel" VARCHAR(255),
ADD COLUMN     "first_source" VARCHAR(255),
ADD COLUMN     "first_medium" VARCHAR(255),
ADD COLUMN     "first_campaign" VARCHAR(255),
ADD COLUMN     "first_landing_path" VARCHAR(255),
ADD COLUMN     "last_channel" VARCHAR(255),
ADD COLUMN     "last_source" VARCHAR(255),
ADD COLUMN     "last_medium" VARCHAR(255),
ADD COLUMN     "last_campaign" VARCHAR(255),
ADD COLUMN     "last_landing_path" VARCHAR(255);

-- As the worker does with those that come later. Last, because the receiver waits from the change of the table on.
UPDATE "tenant_milestones" milestone SET
    "capture_id" = capture."id",
    "first_channel" = capture."first_channel",
    "first_source" = capture."first_source",
    "first_medium" = capture."first_medium",
    "first_campaign" = capture."first_campaign",
    "first_landing_path" = capture."first_landing_path",
    "last_channel" = capture."last_channel",
    "last_source" = capture."last_source",
    "last_medium" = capture."last_medium",
    "last_campaign" = capture."last_campaign",
    "last_landing_path" = capture."last_landing_path"
FROM "tenant_captures" linked JOIN "lead_captures" capture ON capture."id" = linked."capture_id"
WHERE linked."tenant_id" = milestone."tenant_id" AND linked."owner_id" = milestone."owner_id";
