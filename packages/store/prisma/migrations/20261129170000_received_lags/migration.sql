-- AlterTable
-- How late the events of an hour came: of how many milliseconds, to three digits, there were how many events. Hours that were counted
-- before there were any are older than what they are read for.
ALTER TABLE "received_hours" ADD COLUMN     "lags" JSONB;
