// Customers and WhatsApp's moods, through the simulator's interface.
import { expect } from "@playwright/test";

export type Customer = { id: string; phone: string | null; bsuid: string; name: string | null; username: string | null };
export type PhoneMessage = {
  id: string;
  from_customer: boolean;
  body: Record<string, any>;
  status: "sent" | "delivered" | "read";
};
export type Switches = {
  duplicate: boolean;
  reorder: boolean;
  batch: boolean;
  hold: boolean;
  no_profile: boolean;
  answering: "normal" | "late" | "lost" | "down" | { refuse: number };
  fail_status: number | null;
};

const calm: Switches = {
  duplicate: false,
  reorder: false,
  batch: false,
  hold: false,
  no_profile: false,
  answering: "normal",
  fail_status: null,
};

export class Simulator {
  constructor(private readonly url: string) {}

  private async call(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await fetch(`${this.url}/simulator/api/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  customer(name: string, more: { phone?: string; bsuid_only?: boolean } = {}): Promise<Customer> {
    return this.call("POST", "customers", { name, ...more });
  }

  write(customer: Customer, text: string): Promise<{ id: string }> {
    return this.call("POST", `customers/${customer.id}/messages`, { text });
  }

  raw(customer: Customer, message: Record<string, unknown>): Promise<{ id: string }> {
    return this.call("POST", `customers/${customer.id}/messages`, { raw: message });
  }

  /// Writes to another number of the business, which no phone of the simulator shows.
  async writeTo(number: string, customer: Customer, text: string): Promise<void> {
    const [from, at] = [customer.phone, Math.floor(new Date(await this.forward(0)).getTime() / 1000)];
    await this.call("POST", "webhook", {
      messaging_product: "whatsapp",
      metadata: { display_phone_number: number, phone_number_id: number },
      contacts: [{ wa_id: from, user_id: customer.bsuid, profile: { name: customer.name } }],
      messages: [{ id: `wamid.${crypto.randomUUID()}`, timestamp: String(at), from, from_user_id: customer.bsuid, type: "text", text: { body: text } }],
    });
  }

  async phone(customer: Customer): Promise<PhoneMessage[]> {
    return (await this.call("GET", `state?customer=${customer.id}`)).messages;
  }

  open(customer: Customer): Promise<void> {
    return this.call("POST", `customers/${customer.id}/open`, {});
  }

  switches(some: Partial<Switches>): Promise<void> {
    return this.call("PUT", "switches", { ...calm, ...some });
  }

  /// Moves Baton's clock; answers with what it shows then.
  async forward(seconds: number): Promise<string> {
    return (await this.call("POST", "clock", { seconds })).now;
  }

  /// Waits for words on the customer's phone.
  async hears(customer: Customer, words: string): Promise<PhoneMessage> {
    const find = async () => (await this.phone(customer)).find((m) => !m.from_customer && text(m).includes(words));
    await expect.poll(async () => !!(await find()), { message: `${customer.name} hears “${words}”` }).toBe(true);
    return (await find())!;
  }

  /// Taps a button of the newest message that has it.
  async tap(customer: Customer, title: string): Promise<void> {
    const offers = async () => {
      const messages = (await this.phone(customer)).filter((m) => !m.from_customer).reverse();
      for (const message of messages) {
        const action = message.body.interactive?.action;
        const buttons = (action?.buttons ?? []).map((button: any) => button.reply);
        const rows = (action?.sections ?? []).flatMap((section: any) => section.rows);
        const found = [...buttons, ...rows].find((choice: any) => choice.title === title);
        if (found) return { message: message.id, choice: found.id };
      }
      return null;
    };
    await expect.poll(async () => !!(await offers()), { message: `a button “${title}”` }).toBe(true);
    await this.call("POST", `customers/${customer.id}/messages`, { tap: await offers() });
  }

  /// Writes, and asks for a person by the menu's button.
  async asks(customer: Customer, words = "Hello"): Promise<void> {
    await this.write(customer, words);
    await this.tap(customer, "Talk to a person");
  }
}

export function text(message: PhoneMessage): string {
  const { text, interactive, image, video, document } = message.body;
  return text?.body ?? interactive?.body?.text ?? (image ?? video ?? document)?.caption ?? "";
}
