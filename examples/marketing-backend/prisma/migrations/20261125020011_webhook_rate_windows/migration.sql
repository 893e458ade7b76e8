-- CreateTable
-- Unlogged: a count is worth neither a wait for the disk nor one for a standby, and begins anew after a crash. A row is updated in
-- its place again and again, which needs room beside it.
CREATE UNLOGGED TABLE "webhook_rate_windows" (
    "name" TEXT NOT NULL,
    "started_at" TIMESTAMP(3) NOT NULL,
    "counted" BIGINT NOT NULL,
    "counted_before" BIGINT NOT NULL,

    CONSTRAINT "webhook_rate_windows_pkey" PRIMARY KEY ("name")
) WITH (fillfactor = 10);
