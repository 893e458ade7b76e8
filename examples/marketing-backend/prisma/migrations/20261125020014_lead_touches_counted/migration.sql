-- CreateIndex
CREATE INDEX "lead_touches_touch_idx" ON "lead_touches"("touch");
