-- Which customer of the host a row belongs to; '' where the host has none. Two customers may receive events of product
-- tenants with the same id, so it is part of every key but that of the events, which is the event's own id. The leading
-- columns of the keys stay, and with them the ways in which they are used.

-- AlterTable
ALTER TABLE "tenant_events" ADD COLUMN     "owner_id" VARCHAR(36) NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "service_usage_dirty" ADD COLUMN     "owner_id" VARCHAR(36) NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "tenant_event_duplicates" ADD COLUMN     "owner_id" VARCHAR(36) NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "service_usage_rollups" ADD COLUMN     "owner_id" VARCHAR(36) NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "service_usage_daily_totals" ADD COLUMN     "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
DROP CONSTRAINT "service_usage_daily_totals_pkey",
ADD CONSTRAINT "service_usage_daily_totals_pkey" PRIMARY KEY ("day", "owner_id");

-- AlterTable
ALTER TABLE "service_usage_archives" ADD COLUMN     "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
DROP CONSTRAINT "service_usage_archives_pkey",
ADD CONSTRAINT "service_usage_archives_pkey" PRIMARY KEY ("tenant_id", "day", "owner_id");

-- AlterTable
ALTER TABLE "tenant_milestones" ADD COLUMN     "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
DROP CONSTRAINT "tenant_milestones_pkey",
ADD CONSTRAINT "tenant_milestones_pkey" PRIMARY KEY ("tenant_id", "owner_id");

-- DropIndex
DROP INDEX "service_usage_rollups_tenant_day_key";

-- CreateIndex
CREATE UNIQUE INDEX "service_usage_rollups_tenant_day_key" ON "service_usage_rollups"("tenant_id", "day", "owner_id");
